/*
 * A network: a model unrolled over B streams and up to T steps, with the memory to run it.
 *
 * All arrays are time-major: x[T][B] symbol ids. The network owns the state that is carried from
 * one call to the next: the hidden state h, for the LSTM the cell state c, and for the attention
 * the last outputs of the top layer. It starts at zero, without outputs.
 *
 * network_create() allocates everything; the other functions allocate nothing and cannot fail.
 * Results are bit-identical for any number of threads.
 */
#ifndef CHARNN_NN_NETWORK_H
#define CHARNN_NN_NETWORK_H

#include "base/machine/thread_pool.h"
#include "nn/dropout.h"
#include "nn/model.h"
#include "nn/penalties.h"
#include "nn/plan.h"

struct network;

/* Whether a network of one stream should read its weights unpacked. That saves the packing, and is
 * as fast for weights larger than the cache; for smaller ones it is a tenth slower. */
bool network_prefers_unpacked(const struct model *model);

/*
 * Whether the threads of a network that is not trained share the columns of each product, instead
 * of the streams: for weights beyond the cache of a core and few streams. All streams then read
 * each weight once. While it runs, the network measures whether one thread alone is faster, and if
 * so uses one.
 */
bool network_shares_columns(const struct model *model, size_t batch);

/* The number of threads, at most `threads`, that such a network of `batch` streams can use. */
size_t network_useful_threads(const struct model *model, size_t batch, size_t threads);

/* A network over `model` that runs on `pool`; it borrows both. The weights are packed as by
 * network_update_weights(). */
CHARNN_MUST_CHECK enum status network_create(struct model *model, struct thread_pool *pool,
                                             const struct network_plan *plan,
                                             struct network **network, struct error *error);
void network_destroy(struct network *network);

/* The bytes that network_create() allocates for a pool of `threads`; SIZE_MAX if they overflow. */
size_t network_memory(const struct model *model, const struct network_plan *plan, size_t threads);

/* Packs the weights for the products; must follow every change of the model's values. An unpacked
 * network only adds up its biases. */
void network_update_weights(struct network *network);

/* Watches a long call from within. Both functions are called by the caller's thread. */
struct network_watch {
    /* Called after each part of the work; `done` is the fraction that is done, rising to 1. false:
     * the call ends as soon as it can. */
    bool (*goes_on)(void *context, double done);
    /* Called when network_train() has added all that it adds to the gradients of a layer, the top
     * layer first; NULL: not called. What goes beyond the layers is complete at the end of the
     * call. The gradients are the same bits with it and without; without it they take the shortest
     * time. */
    void (*layer_done)(void *context, size_t layer);
    void *context;
};

/* The watch of the next calls of network_train() and network_score(), borrowed; NULL: none. */
void network_set_watch(struct network *network, const struct network_watch *watch);

/* Whether the watch has ended the last of these calls. */
bool network_stopped(const struct network *network);

/* The penalties of the next calls of network_train(), at first none; one on the flow needs
 * plan.flow, and then is above 0. */
void network_set_penalties(struct network *network, const struct penalties *penalties);

/* Sets the state of every stream to zero, and empties the memory of the attention. */
void network_reset_state(struct network *network);

/* The number of states per layer: 2 for cells with a cell state, else 1. */
size_t network_state_kinds(const struct network *network);

/* Copies the carried state of one layer from or to a dense array [B][H]; kind is CHARNN_STATE_H or
 * CHARNN_STATE_C. */
void network_get_state(const struct network *network, size_t layer, int kind, float *state);
void network_set_state(struct network *network, size_t layer, int kind, const float *state);

/* All that is carried, in parts: the states of each layer, [B][H] each, then, with attention, its
 * memory, [B][model_memory_width()], of at most N outputs. */
size_t network_part_count(const struct network *network);
size_t network_part_width(const struct network *network, size_t part);
void network_get_part(const struct network *network, size_t part, float *values);
void network_set_part(struct network *network, size_t part, const float *values);

/* Sets the state of every stream of `to` to the state of stream 0 of `from`, another network over a
 * model of the same shape. */
void network_spread_state(const struct network *from, struct network *to);

/* Sets the state of stream i to the present state of stream sources[i], for all i < count <= B.
 * Other streams keep their state. scratch[count][H]. */
void network_move_states(struct network *network, const size_t *sources, size_t count,
                         float *scratch);

/*
 * One window of truncated backpropagation through time: forward from the carried state, loss, and
 * backward within the window. x and y are [steps][B] ids of the inputs and of the targets, which
 * are the next characters; a negative target has loss 0 and no gradient. steps <= T, scale != 0.
 * Adds scale * d(mean loss)/d(parameter) to the model's gradients, with the mean over steps * B,
 * and if all but the output is frozen (nn/parameters.h) only to its own, without going backward;
 * and carries the state on. dropout may be NULL; a rate above 0 needs plan.dropout of its kind.
 * Returns the mean loss in nats per character, without penalties. If the watch ends the call, the
 * result is NaN, and gradients and carried state are undefined.
 */
double network_train(struct network *network, const int32_t *x, const int32_t *y, size_t steps,
                     const struct dropout *dropout, float scale);

/* After network_train(): the gradient of scale * (mean loss) with respect to the state that was
 * carried into the window, as a dense array [B][H]; of the part of the state that `kind` is, with
 * the rest of it held fixed. */
void network_get_state_gradient(const struct network *network, size_t layer, int kind,
                                float *gradient);

/* Forward only, without dropout: nats[steps][B] = -ln p(y | the characters before), or 0 if the
 * target is negative. Carries the state on. */
void network_score(struct network *network, const int32_t *x, const int32_t *y, size_t steps,
                   float *nats);

/* What an observed network (struct network_plan) computed in step t of its last window for stream
 * b: [H], valid until the next call. */
const float *network_observe_state(const struct network *network, size_t layer, int kind, size_t t,
                                   size_t b);
/* The same for a gate, an index of cell->gate_names. */
const float *network_observe_gate(const struct network *network, size_t layer, size_t gate,
                                  size_t t, size_t b);

/* Forward only, without dropout and loss. Carries the state on. */
void network_forward(struct network *network, const int32_t *x, size_t steps);

/* The logits [V] for the next character of stream b, after network_forward(); valid until the next
 * call. */
const float *network_logits(const struct network *network, size_t b);

/* Where the attention of stream b looked for these logits: how many characters before the last one
 * read, and the weight of this place. 0: no place has as much weight as nothing, or there is no
 * attention. */
size_t network_look(const struct network *network, size_t b, float *weight);

#endif
