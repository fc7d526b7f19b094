#include "train/schedule.h"

#include "base/math.h"

/* One product per decay, to be rounded like char-rnn's rate. */
static double decayed(const struct train_settings *s, double epochs) {
    double factor = 1;
    double last = 0; /* previous factor; the loop stops when it no longer changes */
    double next = s->learning_rate_decay_after;
    while (next <= epochs && factor != last) {
        last = factor;
        factor *= s->learning_rate_decay;
        next += s->learning_rate_decay_every;
    }
    return factor;
}

double schedule_rate(const struct train_settings *s, struct schedule_position position) {
    double rate = s->learning_rate;
    if (s->schedule == CHARNN_SCHEDULE_COSINE) {
        double progress = position.progress < 1 ? position.progress : 1;
        rate *= (1 + math_cos_pi(progress)) / 2;
    } else {
        rate *= decayed(s, position.epochs);
    }
    if (position.step < s->warmup_steps) {
        rate *= (double)(position.step + 1) / (double)s->warmup_steps;
    }
    return rate;
}
