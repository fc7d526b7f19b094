/* What the files of a network share: network.c creates it, network_state.c handles its carried
 * state, network_run.c runs it over windows. */
#ifndef CHARNN_NN_NETWORK_INTERNAL_H
#define CHARNN_NN_NETWORK_INTERNAL_H

#include "base/machine/faster.h"
#include "base/machine/thread_pool.h"
#include "nn/attention.h"
#include "nn/layer.h"
#include "nn/penalties.h"
#include "nn/pieces.h"

#include <stdatomic.h>

struct network_watch; /* network.h */

struct network {
    struct model *model;
    struct thread_pool *pool;
    struct network_plan plan;
    bool shares_columns;  /* threads share the columns of products, not the streams */
    struct faster faster; /* then: way 0 shares, way 1 is the calling thread alone */
    struct penalties penalties;
    size_t layer_count;
    struct layer *layers;
    struct attention attention;
    struct linear decoder;
    struct rows logits;   /* after the loss their gradient; as many slots as gates */
    float *loss;          /* [T][B] nats */
    struct piece *pieces; /* of the gradients */
    size_t piece_count;
    size_t round;       /* the last round in which pieces were taken */
    size_t pieces_done; /* the first pieces of this round; watch->layer_done() */
    struct spans spans; /* of a window of plan.steps */
    struct rows dy;     /* one span: the gradient that goes from layer to layer */
    float *scratch;     /* [threads][scratch_floats]: of outer products */
    size_t scratch_floats;
    const struct network_watch *watch; /* or NULL */
    size_t parts;                      /* of the work that the watch has been told of */
    atomic_bool stopped;               /* by the watch */
    size_t state_slot; /* slot of the carried state: 0, or the steps of the last window */
};

#endif
