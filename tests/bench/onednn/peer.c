#include "peer.h"

#include "base/memory.h"

#include <dnnl.h>
#include <math.h>
#include <string.h>

/* Arrays and their layouts. */
enum array {
    INPUT,      /* [T][B][H] */
    OUTPUT,     /* [T][B][H] */
    INPUT_DIFF, /* gradients of the two */
    OUTPUT_DIFF,
    H,      /* [L][B][H]: the initial state, which is zero */
    C,      /* likewise, for the LSTM */
    H_DIFF, /* gradients of the two */
    C_DIFF,
    WEIGHTS,      /* [L][H][G][H] from the input, as in charnn but for the order of gates */
    STATE,        /* [L][H][G][H] from the state */
    BIAS,         /* [L][biases][H] */
    WEIGHTS_DIFF, /* gradients in the same layouts */
    STATE_DIFF,
    BIAS_DIFF,
    FORWARD_WEIGHTS, /* in the layouts that the primitives prefer */
    FORWARD_STATE,
    BACKWARD_WEIGHTS,
    BACKWARD_STATE,
    LIKED_WEIGHTS_DIFF,
    LIKED_STATE_DIFF,
    WORKSPACE,
    ARRAYS
};

/* Copies from one layout to another. */
enum reorder {
    TO_FORWARD_WEIGHTS,
    TO_FORWARD_STATE,
    TO_BACKWARD_WEIGHTS,
    TO_BACKWARD_STATE,
    FROM_WEIGHTS_DIFF,
    FROM_STATE_DIFF,
    REORDERS
};

static const struct {
    enum array from, to;
} reorders[REORDERS] = {
    [TO_FORWARD_WEIGHTS] = {WEIGHTS, FORWARD_WEIGHTS},
    [TO_FORWARD_STATE] = {STATE, FORWARD_STATE},
    [TO_BACKWARD_WEIGHTS] = {WEIGHTS, BACKWARD_WEIGHTS},
    [TO_BACKWARD_STATE] = {STATE, BACKWARD_STATE},
    [FROM_WEIGHTS_DIFF] = {LIKED_WEIGHTS_DIFF, WEIGHTS_DIFF},
    [FROM_STATE_DIFF] = {LIKED_STATE_DIFF, STATE_DIFF},
};

struct peer {
    struct layers_shape shape;
    size_t gates, biases;
    bool lstm;
    const size_t *order; /* gate g of oneDNN is charnn's gate order[g] */
    struct error error;  /* the first failure; later results are meaningless */
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_desc_t forward_desc, backward_desc;
    dnnl_primitive_t forward, backward, reorders[REORDERS];
    dnnl_memory_t arrays[ARRAYS];
};

static void must(struct peer *p, dnnl_status_t status, const char *what) {
    if (status != dnnl_success && p->error.status == CHARNN_OK) {
        (void)error_set(&p->error, CHARNN_ERROR_DATA, "oneDNN cannot %s (its status %d)", what,
                        (int)status);
    }
}

static float *data_of(struct peer *p, enum array array) {
    void *data = NULL;
    must(p, dnnl_memory_get_data_handle(p->arrays[array], &data), "give an array");
    return data;
}

static dnnl_memory_desc_t describe(struct peer *p, int count, const dnnl_dims_t dims,
                                   dnnl_format_tag_t format) {
    dnnl_memory_desc_t desc;
    memset(&desc, 0, sizeof desc);
    must(p, dnnl_memory_desc_init_by_tag(&desc, count, dims, dnnl_f32, format),
         "describe an array");
    return desc;
}

/* The layouts of the charnn arrays; `any` leaves the choice to the primitives. */
struct layouts {
    dnnl_memory_desc_t rows, state, weights, any_weights, bias;
};

static struct layouts describe_layouts(struct peer *p) {
    dnnl_dim_t hidden = (dnnl_dim_t)p->shape.hidden;
    dnnl_dim_t gates = (dnnl_dim_t)p->gates;
    const dnnl_dims_t rows = {(dnnl_dim_t)p->shape.steps, (dnnl_dim_t)p->shape.batch, hidden};
    const dnnl_dims_t state = {CHARNN_LAYERS, 1, (dnnl_dim_t)p->shape.batch, hidden};
    const dnnl_dims_t weights = {CHARNN_LAYERS, 1, hidden, gates, hidden};
    const dnnl_dims_t bias = {CHARNN_LAYERS, 1, (dnnl_dim_t)p->biases, hidden};
    return (struct layouts){
        .rows = describe(p, 3, rows, dnnl_tnc),
        .state = describe(p, 4, state, dnnl_ldnc),
        .weights = describe(p, 5, weights, dnnl_ldigo),
        .any_weights = describe(p, 5, weights, dnnl_format_tag_any),
        .bias = describe(p, 4, bias, dnnl_ldgo),
    };
}

static dnnl_status_t describe_forward(bool lstm, const struct layouts *d, dnnl_rnn_desc_t *desc) {
    const dnnl_rnn_direction_t direction = dnnl_unidirectional_left2right;
    const dnnl_memory_desc_t *any = &d->any_weights;
    if (lstm) {
        return dnnl_lstm_forward_desc_init(desc, dnnl_forward_training, direction, &d->rows,
                                           &d->state, &d->state, any, any, &d->bias, &d->rows, NULL,
                                           NULL, 0);
    }
    return dnnl_lbr_gru_forward_desc_init(desc, dnnl_forward_training, direction, &d->rows,
                                          &d->state, any, any, &d->bias, &d->rows, NULL, 0);
}

static dnnl_status_t describe_backward(bool lstm, const struct layouts *d, dnnl_rnn_desc_t *desc) {
    const dnnl_rnn_direction_t direction = dnnl_unidirectional_left2right;
    const dnnl_memory_desc_t *any = &d->any_weights;
    if (lstm) {
        return dnnl_lstm_backward_desc_init(desc, dnnl_backward, direction, &d->rows, &d->state,
                                            &d->state, any, any, &d->bias, &d->rows, NULL, NULL,
                                            &d->rows, &d->state, &d->state, any, any, &d->bias,
                                            &d->rows, NULL, NULL, 0);
    }
    return dnnl_lbr_gru_backward_desc_init(desc, dnnl_backward, direction, &d->rows, &d->state, any,
                                           any, &d->bias, &d->rows, NULL, &d->rows, &d->state, any,
                                           any, &d->bias, &d->rows, NULL, 0);
}

/* The initial state is passed although it is zero: without it, oneDNN 2.6 computes wrong gradients
 * for the second layer of an LSTM. The final state is the last output. */
static void create_primitives(struct peer *p, const struct layouts *d) {
    dnnl_rnn_desc_t desc;
    must(p, describe_forward(p->lstm, d, &desc), "describe the forward pass");
    must(p, dnnl_primitive_desc_create(&p->forward_desc, &desc, NULL, p->engine, NULL),
         "plan the forward pass");
    must(p, describe_backward(p->lstm, d, &desc), "describe the backward pass");
    must(p, dnnl_primitive_desc_create(&p->backward_desc, &desc, NULL, p->engine, p->forward_desc),
         "plan the backward pass");
    must(p, dnnl_primitive_create(&p->forward, p->forward_desc), "make the forward pass");
    must(p, dnnl_primitive_create(&p->backward, p->backward_desc), "make the backward pass");
}

static void create_array(struct peer *p, enum array array, const dnnl_memory_desc_t *desc) {
    must(p, dnnl_memory_create(&p->arrays[array], desc, p->engine, DNNL_MEMORY_ALLOCATE),
         "allocate an array");
}

static const dnnl_memory_desc_t *liked(const_dnnl_primitive_desc_t desc, dnnl_query_t what,
                                       int index) {
    return dnnl_primitive_desc_query_md(desc, what, index);
}

/* The numbers are the indices of the weights of src_layer and src_iter in a primitive. */
static void create_arrays(struct peer *p, const struct layouts *d) {
    for (enum array a = INPUT; a <= OUTPUT_DIFF; a++) {
        create_array(p, a, &d->rows);
    }
    for (enum array a = H; a <= C_DIFF; a++) {
        create_array(p, a, &d->state);
    }
    create_array(p, WEIGHTS, &d->weights);
    create_array(p, STATE, &d->weights);
    create_array(p, BIAS, &d->bias);
    create_array(p, WEIGHTS_DIFF, &d->weights);
    create_array(p, STATE_DIFF, &d->weights);
    create_array(p, BIAS_DIFF, &d->bias);
    create_array(p, FORWARD_WEIGHTS, liked(p->forward_desc, dnnl_query_weights_md, 0));
    create_array(p, FORWARD_STATE, liked(p->forward_desc, dnnl_query_weights_md, 1));
    create_array(p, BACKWARD_WEIGHTS, liked(p->backward_desc, dnnl_query_weights_md, 0));
    create_array(p, BACKWARD_STATE, liked(p->backward_desc, dnnl_query_weights_md, 1));
    create_array(p, LIKED_WEIGHTS_DIFF, liked(p->backward_desc, dnnl_query_diff_weights_md, 0));
    create_array(p, LIKED_STATE_DIFF, liked(p->backward_desc, dnnl_query_diff_weights_md, 1));
    create_array(p, WORKSPACE, liked(p->forward_desc, dnnl_query_workspace_md, 0));
}

static void create_reorder(struct peer *p, enum reorder r) {
    const dnnl_memory_desc_t *from = NULL;
    const dnnl_memory_desc_t *to = NULL;
    dnnl_primitive_desc_t desc = NULL;
    must(p, dnnl_memory_get_memory_desc(p->arrays[reorders[r].from], &from), "describe an array");
    must(p, dnnl_memory_get_memory_desc(p->arrays[reorders[r].to], &to), "describe an array");
    must(p, dnnl_reorder_primitive_desc_create(&desc, from, p->engine, to, p->engine, NULL),
         "plan a change of layout");
    must(p, dnnl_primitive_create(&p->reorders[r], desc), "make a change of layout");
    (void)dnnl_primitive_desc_destroy(desc);
}

/* Weights [H][G][H] of a layer, with the gates in the order of the peer. */
static void copy_gates(const struct peer *p, const float *from, float *to) {
    size_t hidden = p->shape.hidden;
    for (size_t row = 0; row < hidden; row++) {
        for (size_t g = 0; g < p->gates; g++) {
            memcpy(to + (row * p->gates + g) * hidden,
                   from + (row * p->gates + p->order[g]) * hidden, hidden * sizeof *to);
        }
    }
}

/* The LSTM has one bias for both sides. The fourth bias of the GRU is b_hh of gate n. */
static void copy_bias(const struct peer *p, const struct layers_weights *w, float *to) {
    size_t hidden = p->shape.hidden;
    for (size_t i = 0; i < p->gates * hidden; i++) {
        size_t from = p->order[i / hidden] * hidden + i % hidden;
        bool apart = !p->lstm && i / hidden == 2;
        to[i] = w->input_bias[from] + (apart ? 0 : w->state_bias[from]);
    }
    if (!p->lstm) {
        memcpy(to + 3 * hidden, w->state_bias + 2 * hidden, hidden * sizeof *to);
    }
}

static void clear(struct peer *p, enum array array) {
    const dnnl_memory_desc_t *desc = NULL;
    must(p, dnnl_memory_get_memory_desc(p->arrays[array], &desc), "describe an array");
    memset(data_of(p, array), 0, dnnl_memory_desc_get_size(desc));
}

static void fill_arrays(struct peer *p, const struct layers *layers) {
    size_t size = p->shape.hidden * p->gates * p->shape.hidden;
    layers_get_input(layers, data_of(p, INPUT));
    layers_get_output_gradient(layers, data_of(p, OUTPUT_DIFF));
    clear(p, H);
    clear(p, C);
    for (size_t l = 0; l < CHARNN_LAYERS; l++) {
        struct layers_weights w = layers_weights(layers, l);
        copy_gates(p, w.input, data_of(p, WEIGHTS) + l * size);
        copy_gates(p, w.state, data_of(p, STATE) + l * size);
        copy_bias(p, &w, data_of(p, BIAS) + l * p->biases * p->shape.hidden);
    }
}

enum status peer_create(const struct layers_shape *shape, const struct layers *layers,
                        struct peer **peer, struct error *error) {
    static const size_t lstm_order[] = {0, 1, 2, 3};
    static const size_t gru_order[] = {1, 0, 2}; /* z r n */
    void *memory;
    *peer = NULL;
    if (memory_allocate(1, sizeof **peer, "the peer", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct peer *p = memory;
    p->shape = *shape;
    p->gates = layers_gates(layers);
    p->lstm = strcmp(shape->cell, "lstm") == 0;
    p->biases = 4;
    p->order = p->lstm ? lstm_order : gru_order;
    must(p, dnnl_engine_create(&p->engine, dnnl_cpu, 0), "start");
    must(p, dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags), "start");
    struct layouts layouts = describe_layouts(p);
    if (p->error.status == CHARNN_OK) {
        create_primitives(p, &layouts);
    }
    if (p->error.status == CHARNN_OK) {
        create_arrays(p, &layouts);
    }
    for (int r = 0; r < REORDERS && p->error.status == CHARNN_OK; r++) {
        create_reorder(p, (enum reorder)r);
    }
    if (p->error.status != CHARNN_OK) {
        *error = p->error;
        peer_destroy(p);
        return error->status;
    }
    fill_arrays(p, layers);
    *peer = p;
    return CHARNN_OK;
}

void peer_destroy(struct peer *p) {
    if (p == NULL) {
        return;
    }
    for (size_t i = 0; i < ARRAYS; i++) {
        (void)dnnl_memory_destroy(p->arrays[i]);
    }
    for (size_t i = 0; i < REORDERS; i++) {
        (void)dnnl_primitive_destroy(p->reorders[i]);
    }
    (void)dnnl_primitive_destroy(p->forward);
    (void)dnnl_primitive_destroy(p->backward);
    (void)dnnl_primitive_desc_destroy(p->forward_desc);
    (void)dnnl_primitive_desc_destroy(p->backward_desc);
    (void)dnnl_stream_destroy(p->stream);
    (void)dnnl_engine_destroy(p->engine);
    memory_free(p);
}

static void reorder(struct peer *p, enum reorder r) {
    const dnnl_exec_arg_t args[] = {
        {DNNL_ARG_FROM, p->arrays[reorders[r].from]},
        {DNNL_ARG_TO, p->arrays[reorders[r].to]},
    };
    must(p, dnnl_primitive_execute(p->reorders[r], p->stream, 2, args), "change a layout");
}

static void run_forward(struct peer *p) {
    const dnnl_exec_arg_t args[] = {
        {DNNL_ARG_SRC_LAYER, p->arrays[INPUT]},
        {DNNL_ARG_WEIGHTS_LAYER, p->arrays[FORWARD_WEIGHTS]},
        {DNNL_ARG_WEIGHTS_ITER, p->arrays[FORWARD_STATE]},
        {DNNL_ARG_BIAS, p->arrays[BIAS]},
        {DNNL_ARG_DST_LAYER, p->arrays[OUTPUT]},
        {DNNL_ARG_WORKSPACE, p->arrays[WORKSPACE]},
        {DNNL_ARG_SRC_ITER, p->arrays[H]},
        {DNNL_ARG_SRC_ITER_C, p->arrays[C]},
    };
    must(p,
         dnnl_primitive_execute(p->forward, p->stream, (int)(sizeof args / sizeof args[0]), args),
         "run forward");
}

static void run_backward(struct peer *p) {
    const dnnl_exec_arg_t args[] = {
        {DNNL_ARG_SRC_LAYER, p->arrays[INPUT]},
        {DNNL_ARG_WEIGHTS_LAYER, p->arrays[BACKWARD_WEIGHTS]},
        {DNNL_ARG_WEIGHTS_ITER, p->arrays[BACKWARD_STATE]},
        {DNNL_ARG_BIAS, p->arrays[BIAS]},
        {DNNL_ARG_DST_LAYER, p->arrays[OUTPUT]},
        {DNNL_ARG_WORKSPACE, p->arrays[WORKSPACE]},
        {DNNL_ARG_DIFF_DST_LAYER, p->arrays[OUTPUT_DIFF]},
        {DNNL_ARG_DIFF_SRC_LAYER, p->arrays[INPUT_DIFF]},
        {DNNL_ARG_DIFF_WEIGHTS_LAYER, p->arrays[LIKED_WEIGHTS_DIFF]},
        {DNNL_ARG_DIFF_WEIGHTS_ITER, p->arrays[LIKED_STATE_DIFF]},
        {DNNL_ARG_DIFF_BIAS, p->arrays[BIAS_DIFF]},
        {DNNL_ARG_SRC_ITER, p->arrays[H]},
        {DNNL_ARG_DIFF_SRC_ITER, p->arrays[H_DIFF]},
        {DNNL_ARG_SRC_ITER_C, p->arrays[C]},
        {DNNL_ARG_DIFF_SRC_ITER_C, p->arrays[C_DIFF]},
    };
    must(p,
         dnnl_primitive_execute(p->backward, p->stream, (int)(sizeof args / sizeof args[0]), args),
         "run backward");
}

enum status peer_run(struct peer *p, struct error *error) {
    for (enum reorder r = TO_FORWARD_WEIGHTS; r <= TO_BACKWARD_STATE; r++) {
        reorder(p, r);
    }
    /* oneDNN adds to weight gradients. */
    clear(p, LIKED_WEIGHTS_DIFF);
    clear(p, LIKED_STATE_DIFF);
    clear(p, BIAS_DIFF);
    run_forward(p);
    run_backward(p);
    must(p, dnnl_stream_wait(p->stream), "finish");
    if (p->error.status != CHARNN_OK) {
        *error = p->error;
    }
    return p->error.status;
}

static enum status compare(const float *got, const float *expected, size_t count, const char *what,
                           struct error *error) {
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs((double)expected[i]));
    }
    for (size_t i = 0; i < count; i++) {
        if (!(fabs((double)got[i] - (double)expected[i]) <= 1e-4 * largest)) {
            return error_set(error, CHARNN_ERROR_DATA,
                             "%s: element %zu is %.9g, but oneDNN gives %.9g", what, i,
                             (double)got[i], (double)expected[i]);
        }
    }
    return CHARNN_OK;
}

/* `scratch` has room for the largest array. */
static enum status compare_arrays(struct peer *p, const struct layers *layers, float *scratch,
                                  struct error *error) {
    size_t hidden = p->shape.hidden;
    size_t size = hidden * p->gates * hidden;
    layers_get_output(layers, scratch);
    if (compare(scratch, data_of(p, OUTPUT), p->shape.steps * p->shape.batch * hidden, "the output",
                error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t l = 0; l < CHARNN_LAYERS; l++) {
        struct layers_weights w = layers_gradients(layers, l);
        copy_gates(p, w.input, scratch);
        if (compare(scratch, data_of(p, WEIGHTS_DIFF) + l * size, size,
                    "the gradient of the input weights", error) != CHARNN_OK) {
            return error->status;
        }
        copy_gates(p, w.state, scratch);
        if (compare(scratch, data_of(p, STATE_DIFF) + l * size, size,
                    "the gradient of the recurrent weights", error) != CHARNN_OK) {
            return error->status;
        }
        /* All biases but the two of gate n in the GRU have the same gradient on both sides. */
        if (compare(w.input_bias + p->order[0] * hidden,
                    data_of(p, BIAS_DIFF) + l * p->biases * hidden, hidden,
                    "the gradient of the bias", error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

enum status peer_compare(struct peer *p, const struct layers *layers, struct error *error) {
    size_t rows = p->shape.steps * p->shape.batch;
    size_t width = p->gates * p->shape.hidden;
    size_t height = rows > p->shape.hidden ? rows : p->shape.hidden;
    void *scratch;
    if (memory_allocate(height * width, sizeof(float), "the comparison", &scratch, error) !=
        CHARNN_OK) {
        return error->status;
    }
    reorder(p, FROM_WEIGHTS_DIFF);
    reorder(p, FROM_STATE_DIFF);
    must(p, dnnl_stream_wait(p->stream), "finish");
    enum status status = compare_arrays(p, layers, scratch, error);
    memory_free(scratch);
    return status;
}
