/* The plan of a network: how large it is and what it is used for. It decides which memory the
 * network needs. */
#ifndef CHARNN_NN_PLAN_H
#define CHARNN_NN_PLAN_H

#include "nn/dropout.h"

struct network_plan {
    size_t batch;                  /* B >= 1 */
    size_t steps;                  /* T >= 1 */
    bool trainable;                /* has memory for gradients; the model must have it too */
    bool dropout[CHARNN_DROPOUTS]; /* has memory for the masks of each kind; needs trainable, and
                                      candidates a cell that has_candidate */
    bool rounded;   /* multiplies rounded numbers (CHARNN_WEIGHTS_PAIRS), except those of the
                       attention head; needs trainable and weights of type F32 */
    bool flow;      /* has memory for the flow penalty; needs trainable and the vanilla RNN */
    bool observed;  /* keeps the gates of a whole window; not trainable */
    size_t sharers; /* threads that share the columns of products; set by the network itself */
    bool unpacked;  /* reads the weights as stored in the model; needs B = 1 and not trainable */
};

#endif
