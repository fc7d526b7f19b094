/*
 * A network: a model unrolled over B streams and up to T steps, with the memory to run it.
 * All arrays are time-major: x[T][B] symbol ids. The state carried from one call to the next
 * (hidden h, and for the LSTM cell state c) belongs to the network and starts at zero.
 *
 * Everything is allocated by network_create(); the other functions allocate nothing and cannot
 * fail. Results do not depend on the number of threads, bit for bit.
 */
#ifndef CHARNN_NN_NETWORK_H
#define CHARNN_NN_NETWORK_H

#include "base/thread_pool.h"
#include "nn/model.h"

struct network;

/* How large a network is and what it is for. */
struct network_plan {
    size_t batch;   /* B >= 1 */
    size_t steps;   /* T >= 1 */
    bool trainable; /* with the memory for gradients; the model must have them too */
    bool dropout;   /* with the memory for masks; only for trainable */
    bool plain;     /* weights are used as they lie in the model, not laid out for products; not for
                       trainable or B > 1 */
};

/* Whether one stream is better off plain: it begins sooner, and with weights that are larger than a
 * cache it goes on as fast. Smaller ones give a symbol in a tenth less time when they are laid out.
 */
bool network_better_plain(const struct model *model);

/*
 * A network over `model`, run on `pool`; both are borrowed and must outlive it. The weights are
 * laid out once, as by network_update_weights(). Errors: CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status network_create(struct model *model, struct thread_pool *pool,
                                             const struct network_plan *plan,
                                             struct network **network, struct error *error);

/* NULL is fine. */
void network_destroy(struct network *network);

/* Bytes that network_create() would allocate on that many threads; SIZE_MAX if beyond counting. */
size_t network_memory(const struct model *model, const struct network_plan *plan, size_t threads);

/* To be called after every change of the model's values: lays the weights out for the products. A
 * plain network reads the matrices where they are; only sums of biases are renewed. */
void network_update_weights(struct network *network);

/* State of every stream to zero. */
void network_reset_state(struct network *network);

/* The kinds of state of a layer: 0 is h; 1 is the LSTM's c. */
enum { CHARNN_STATE_H, CHARNN_STATE_C };

/* How many of them each layer has. */
size_t network_state_kinds(const struct network *network);

/* Copies the carried state of one layer out of or into the network, dense [B][H]. */
void network_get_state(const struct network *network, size_t layer, int kind, float *state);
void network_set_state(struct network *network, size_t layer, int kind, const float *state);

/* Every stream of `to` goes on from where stream 0 of `from` is, another network over a model of
 * the same shape. */
void network_spread_state(const struct network *from, struct network *to);

/* Stream i goes on from where stream sources[i] is now, for all i < count, count <= B; the others
 * are as they were. scratch[count][H]. */
void network_move_states(struct network *network, const size_t *sources, size_t count,
                         float *scratch);

/* Dropout of one training step: a pure function of these and the position. rate 0: none. */
struct dropout {
    double rate; /* probability of dropping, in [0, 1) */
    uint64_t seed;
    uint64_t step;
};

/*
 * One window of truncated backpropagation through time: forward from the carried state, loss,
 * and backward within the window. x, y: [steps][B] ids of inputs and of the characters to
 * predict (the next ones); `steps` <= T, scale != 0. Adds scale * d(mean loss)/d(parameter) to the
 * model's gradients, mean over steps * B, and carries the state on. Returns the mean loss,
 * nats/character.
 */
double network_train(struct network *network, const int32_t *x, const int32_t *y, size_t steps,
                     const struct dropout *dropout, float scale);

/*
 * The gradient of the last network_train()'s mean loss (unscaled) with respect to the state
 * that its window started from, dense [B][H].
 */
void network_get_state_gradient(const struct network *network, size_t layer, int kind,
                                float *gradient);

/*
 * Forward only, without dropout: nats[steps][B] = -ln p(y | what came before). A target below 0 is
 * not scored (its entry becomes 0). Carries the state on.
 */
void network_score(struct network *network, const int32_t *x, const int32_t *y, size_t steps,
                   float *nats);

/*
 * Forward only, without dropout and loss; carries the state on. Afterwards network_logits() gives
 * the logits for the character that follows each stream.
 */
void network_forward(struct network *network, const int32_t *x, size_t steps);

/* [V] logits of the last step of stream b after network_forward(); valid until the next call. */
const float *network_logits(const struct network *network, size_t b);

#endif
