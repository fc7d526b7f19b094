#include "train/schedule.h"

#include "base/math.h"

#include <math.h>

/* Decays that are multiplied one by one. The rest, of any number, is one power. */
enum { PRODUCTS = 10000 };

/* Number of decays at next, next + every, ... up to `epochs`. */
static double count_decays(double next, double every, double epochs) {
    return next <= epochs ? floor((epochs - next) / every) + 1 : 0;
}

/* Product of the decays after `since` and up to `epochs`. The factors are multiplied one by one, so
 * the result is rounded like char-rnn's rate. */
static double decayed(const struct train_settings *s, double since, double epochs) {
    double every = s->learning_rate_decay_every;
    double next = s->learning_rate_decay_after;
    double factor = 1;
    since = since > 0 ? since : -1;
    for (size_t i = 0; i < PRODUCTS && next <= epochs; i++) {
        factor *= next > since ? s->learning_rate_decay : 1;
        next += every;
    }
    double rest = count_decays(next, every, epochs) - count_decays(next, every, since);
    return factor * math_power(s->learning_rate_decay, (uint64_t)fmin(fmax(rest, 0), 0x1p62));
}

double schedule_rate(const struct train_settings *s, struct schedule_position position) {
    double rate = s->learning_rate;
    double progress = position.progress < 1 ? position.progress : 1;
    if (s->schedule == CHARNN_SCHEDULE_COSINE) {
        rate *= (1 + math_cos_pi(progress)) / 2;
    } else if (s->schedule == CHARNN_SCHEDULE_HOLD) {
        rate *= progress < CHARNN_HOLD ? 1 : (1 - progress) / (1 - CHARNN_HOLD);
    } else {
        rate *= decayed(s, position.since, position.epochs);
    }
    if (position.step < s->warmup_steps) {
        rate *= (double)(position.step + 1) / (double)s->warmup_steps;
    }
    return rate;
}
