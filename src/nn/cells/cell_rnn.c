/*
 * The vanilla recurrent network (Elman 1990), with one gate:
 *
 *   h' = tanh(Wx + Uh + b)
 */
#include "kernels/vec.h"
#include "nn/cells/cell.h"

static void forward(const struct cell_step *s) {
    for (size_t b = 0; b < s->rows; b++) {
        const float *gates = s->gates + b * s->gates_stride;
        float *h = s->h + b * s->state_stride;
        for (size_t j = 0; j < s->hidden; j += VEC_WIDTH) {
            /* h' = tanh(Wx + Uh + b) */
            vec_store(h + j, vec_tanh(vec_load(gates + j) + vec_load(s->bias + j)));
        }
    }
}

static void backward(const struct cell_step *s) {
    for (size_t b = 0; b < s->rows; b++) {
        const float *h_row = s->h + b * s->state_stride;
        const float *dy = s->dy + b * s->dy_stride;
        const float *dh_row = s->dh + b * s->hidden;
        float *gates = s->gates + b * s->gates_stride;
        for (size_t j = 0; j < s->hidden; j += VEC_WIDTH) {
            vec h = vec_load(h_row + j);
            vec dh = vec_load(dy + j) + vec_load(dh_row + j);
            /* dh' (1 - h'^2) */
            vec_store(gates + j, vec_fma(-dh * h, h, dh));
        }
    }
}

const struct cell KERNEL_NAME(cell_rnn) = {
    .name = "rnn",
    .gates = 1,
    .fused_gates = 1,
    .has_c = false,
    .has_candidate = false,
    .direct_path = false,
    .forget_gate = -1,
    .gate_names = "",
    .sigmoid_gates = "",
    .keep_gate = -1,
    .forward = forward,
    .backward = backward,
};
