#include "train/schedule.h"

#include "base/math.h"

/* One decay after another, as a run that multiplies its rate would. */
static double decayed(const struct train_settings *s, double epochs) {
    double factor = 1;
    for (double due = s->learning_rate_decay_after; due <= epochs && factor > 0;
         due += s->learning_rate_decay_every) {
        factor *= s->learning_rate_decay;
        if (s->learning_rate_decay == 1) {
            break;
        }
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
