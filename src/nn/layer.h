/*
 * One recurrent layer, unrolled over B streams and T steps: its activations, its packed weights and
 * the matrix products that are the same for all cells.
 *
 * Forward: one product computes W_ih x for all steps of a span. Then each step has one product that
 * adds W_hh h, and the cell's equations. If the input is one-hot, W_ih x is a row of W_ih.
 * Backward: each step has the cell's equations and one product dh = W_hh^T dgates. Then one product
 * computes dx = W_ih^T dgates for all steps of the span. The weight gradients are outer products
 * over the rows of all streams.
 *
 * Forward and backward treat streams independently, so threads take shares of the streams and do
 * not synchronize.
 */
#ifndef CHARNN_NN_LAYER_H
#define CHARNN_NN_LAYER_H

#include "nn/linear.h"

/* Factors of the gradients of nn/penalties.h in the present window; 0: none. */
struct layer_penalties {
    size_t steps; /* of the window */
    float activation, slowness;
    double flow;
};

struct layer {
    const struct cell *cell;
    const struct kernels *kernels;
    const struct parameters *parameters;
    struct layer_parameters p;
    size_t index, batch;
    size_t units, hidden;    /* H, Hp */
    size_t fused_columns;    /* columns of the fused gates; see cell.h */
    size_t separate_columns; /* of the separate gates */
    size_t gate_columns;     /* of both */

    bool has_end; /* as in struct model_shape: reading `end` first sets the state to zero */
    int32_t end;

    struct rows h, c; /* [T+1]; slot 0 is the state carried in; c may be absent */
    struct rows gate_states[CHARNN_RECURRENT_GATES]; /* likewise; of cells with recurrent gates */
    struct rows h_before, c_before; /* the state that each step starts from: h and c themselves, or
                                       arrays of their own, [T], if there is an end symbol */
    struct rows gates_before[CHARNN_RECURRENT_GATES]; /* likewise */
    struct rows gates; /* rows as in cell.h; [T] if trainable, else one span */
    bool rounded;      /* struct network_plan */
    bool adds_input;   /* to its output: the skip connections of struct model_shape */
    struct rows y; /* the output if it is not h: after dropout, plus the input; slots as gates */
    struct rows masks[CHARNN_DROPOUTS]; /* [T] each; or absent */
    struct rows dy; /* one step: the gradient of h, if that of y is also the input's; or absent */
    float *dh, *dc; /* [B][Hp]: state gradients of the backward pass */
    struct layer_penalties penalties;
    struct rows flow_h;   /* [T]: h_before and the part of the flow penalty; or absent */
    float *dgates;        /* [recurrent_gates][B][Hp]: likewise */
    float *bias;          /* [gate_columns], as struct cell_step needs it */
    struct linear ih, hh; /* W_ih, not in layer 0; W_hh, split at the separate gates */
    struct linear from_gates[CHARNN_RECURRENT_GATES];
};

/* Fills `layer` and takes its memory from the arena, or only counts it. `slots` is the number of
 * steps whose gates are stored. */
void layer_init(struct layer *layer, const struct model *model, size_t index,
                const struct network_plan *plan, size_t slots, struct arena *arena);

/* Packs the weights; must follow every change of the model's values. */
void layer_pack(struct layer *layer);

/* A state after each step, and before each step: CHARNN_STATE_H, ... */
static inline const struct rows *layer_state(const struct layer *layer, size_t kind) {
    return kind >= CHARNN_STATE_GATES ? &layer->gate_states[kind - CHARNN_STATE_GATES]
           : kind == CHARNN_STATE_C   ? &layer->c
                                      : &layer->h;
}

static inline const struct rows *layer_state_before(const struct layer *layer, size_t kind) {
    return kind >= CHARNN_STATE_GATES ? &layer->gates_before[kind - CHARNN_STATE_GATES]
           : kind == CHARNN_STATE_C   ? &layer->c_before
                                      : &layer->h_before;
}

/* The gradient of a state, [B][Hp]. */
static inline float *layer_state_gradient(const struct layer *layer, size_t kind) {
    return kind >= CHARNN_STATE_GATES
               ? layer->dgates + (kind - CHARNN_STATE_GATES) * layer->batch * layer->hidden
           : kind == CHARNN_STATE_C ? layer->dc
                                    : layer->dh;
}

/* In all functions below, `dropout` may be NULL. */

/* The output, which is the input of the next layer: after its dropout, if any. */
struct rows layer_output(const struct layer *layer, const struct dropout *dropout);

/* The arrays of step t for the streams of a span, without dy. */
struct cell_step layer_step(const struct layer *layer, const int32_t *x, size_t t, struct span span,
                            const struct dropout *dropout);

/* Copies the state in slot `slot` to slot 0 for the streams [b_begin, b_end). */
void layer_carry(struct layer *layer, size_t slot, size_t b_begin, size_t b_end);

/* Forward over a span. Layer 0 reads the ids x[T][B]; other layers read `input`, the output of the
 * layer below. */
void layer_forward(struct layer *layer, const int32_t *x, const struct rows *input,
                   struct span span, const struct dropout *dropout);

/* Sets the state gradient to zero, as it is after the last step of a window. */
void layer_clear_state_gradient(struct layer *layer, size_t b_begin, size_t b_end);

/* Backward over a span: replaces the gradient of the output in `dy` by the gradient of the input
 * (undefined for layer 0). */
void layer_backward(struct layer *layer, const int32_t *x, const struct rows *dy, struct span span,
                    const struct dropout *dropout);

/* Adds to parameters->gradients what all streams of the span contribute to the weights, biases and
 * peepholes of the gate columns [n_begin, n_end): multiples of CHARNN_LANES, all fused or all
 * separate. x and input as in layer_forward(); scratch as in struct outer_product. */
void layer_gradients(struct layer *layer, const int32_t *x, const struct rows *input,
                     struct span span, size_t n_begin, size_t n_end, float *scratch);

#endif
