#include "train/agreement.h"

#include "base/clock.h"
#include "ranks/ranks.h"

void agreement_on_requests(struct trainer *t) {
    double received[] = {t->requests->stop, t->requests->save};
    ranks_highest(received, 2);
    t->requests->ended_by = (int)received[0];
    t->save_requested = received[1] > 0;
}

void agreement_on_time(struct trainer *t) {
    t->progress.seconds = ranks_first(clock_seconds() - t->started);
}
