#include "base/machine/faster.h"

#include <stdbool.h>

static const double round_seconds = 10e-3;
static const double trial_seconds = 2e-3;
static const double usual_stay = 0.5;
enum { TRIAL_PIECES = 4, STAY_TRIALS = 20 };

static void begin_round(struct faster *f, size_t way) {
    f->way = way;
    f->seconds = 0;
    f->pieces = 0;
}

size_t faster_way(struct faster *f, size_t kind) {
    if (kind != f->kind) {
        f->kind = kind;
        f->pace[0] = f->pace[1] = f->last = 0;
        begin_round(f, f->favourite);
    }
    return f->way;
}

/* A round of the favourite, or a trial, is over. */
static void end_round(struct faster *f, bool trial) {
    size_t other = !f->way;
    double pace = f->seconds / (double)f->pieces;
    f->pace[f->way] = !trial && f->last > 0 && f->last < pace ? f->last : pace;
    bool slower = f->pace[other] > 0 && f->pace[f->way] > f->pace[other];
    if (!trial) {
        f->last = pace;
        begin_round(f, slower || f->since >= f->stay ? other : f->way);
        return;
    }
    f->favourite = slower ? other : f->way;
    f->last = f->pace[f->favourite];
    f->since = 0;
    f->stay = 2 * f->stay < usual_stay ? 2 * f->stay : usual_stay;
    f->stay = f->stay > STAY_TRIALS * f->seconds ? f->stay : STAY_TRIALS * f->seconds;
    begin_round(f, f->favourite);
}

void faster_tell(struct faster *f, double seconds, size_t pieces) {
    f->seconds += seconds;
    f->pieces += pieces;
    f->since += seconds;
    f->stay = f->stay > 0 ? f->stay : round_seconds;
    if (f->way == f->favourite) {
        if (f->seconds >= round_seconds) {
            end_round(f, false);
        }
        return;
    }
    bool hopeless = f->seconds > 2 * f->pace[f->favourite] * (double)f->pieces;
    if (f->seconds >= trial_seconds && (f->pieces >= TRIAL_PIECES || hopeless)) {
        end_round(f, true);
    }
}
