/* What all ranks of a run must know alike, so that they take the same way. Both functions are
 * collective (ranks/ranks.h). */
#ifndef CHARNN_TRAIN_AGREEMENT_H
#define CHARNN_TRAIN_AGREEMENT_H

#include "train/state.h"

/* Takes over the requests that any rank has received: requests.ended_by and save_requested. */
void agreement_on_requests(struct trainer *trainer);

/* Sets progress.seconds, by the clock of rank 0. */
void agreement_on_time(struct trainer *trainer);

#endif
