/*
 * The gated recurrent unit (Cho et al. 2014) in the form of PyTorch and cuDNN, which apply the
 * reset gate after the product. Gates in the order r z n, with the biases in Wx and Uh:
 *
 *   r = sigmoid(Wx_r + Uh_r)      n  = tanh(Wx_n + r Uh_n)
 *   z = sigmoid(Wx_z + Uh_z)      h' = (1 - z) n + z h
 *
 * forward() leaves r, z, n and Uh_n in the blocks of the gates. backward(), with dh' the gradient
 * of h':
 *
 *   n~ = dh' (1 - z) (1 - n^2)    z~ = dh' (h - n) z (1 - z)    r~ = n~ Uh_n r (1 - r)
 *   dh = dh' z, and through Uh the gradients r~, z~ and r n~
 *
 * With a mask m of the candidates, h' has m n in place of n, and so has z~; n~ has the factor m
 * (Semeniuta, Severyn & Barth 2016).
 */
#include "kernels/vec.h"
#include "nn/cells/cell.h"

/* Two loops, for the reason given in cell_lstm.c. */
KERNEL_INLINE void forward_rows(const struct cell_step *s, const bool masked) {
    const size_t n = s->hidden;
    for (size_t b = 0; b < s->rows; b++) {
        const float *wx = s->wx + (s->wx_row != NULL ? (size_t)s->wx_row[b] : b) * s->wx_stride;
        float *gates = s->gates + b * s->gates_stride;
        const float *h_before = s->h_before + b * s->state_stride;
        float *h = s->h + b * s->state_stride;
        for (size_t j = 0; j < 2 * n; j += VEC_WIDTH) {
            /* r = sigmoid(Wx_r + Uh_r), z = sigmoid(Wx_z + Uh_z) */
            vec_store(gates + j, vec_sigmoid(vec_load(gates + j) + vec_load(s->bias + j)));
        }
        for (size_t j = 0; j < n; j += VEC_WIDTH) {
            vec z = vec_load(gates + n + j);
            /* n = tanh(Wx_n + r Uh_n), called c because n is Hp */
            vec xn = vec_load(wx + 2 * n + j) + vec_load(s->bias + 2 * n + j);
            vec c = vec_tanh(vec_fma(vec_load(gates + j), vec_load(gates + 3 * n + j), xn));
            vec_store(gates + 2 * n + j, c);
            if (masked) {
                c = c * vec_load(s->candidate_mask + b * s->mask_stride + j);
            }
            /* h' = (1 - z) n + z h = n + z (h - n) */
            vec_store(h + j, vec_fma(z, vec_load(h_before + j) - c, c));
        }
    }
}

static void forward(const struct cell_step *s) {
    if (s->candidate_mask == NULL) {
        forward_rows(s, false);
    } else {
        forward_rows(s, true);
    }
}

KERNEL_INLINE void backward_rows(const struct cell_step *s, const bool masked) {
    const size_t n = s->hidden;
    const vec one = vec_set(1.0F);
    for (size_t b = 0; b < s->rows; b++) {
        float *gates = s->gates + b * s->gates_stride;
        const float *h_before = s->h_before + b * s->state_stride;
        const float *dy = s->dy + b * s->dy_stride;
        float *dh_row = s->dh + b * n;
        for (size_t j = 0; j < n; j += VEC_WIDTH) {
            cell_prefetch_next_row(s, b, j, 4, s->h_before);
            vec r = vec_load(gates + j);
            vec z = vec_load(gates + n + j);
            vec c = vec_load(gates + 2 * n + j);
            vec hn = vec_load(gates + 3 * n + j);
            vec dh = vec_load(dy + j) + vec_load(dh_row + j);
            /* n~ = dh' (1 - z) (1 - n^2) */
            vec d_n = dh * (one - z) * vec_fma(-c, c, one);
            if (masked) {
                vec m = vec_load(s->candidate_mask + b * s->mask_stride + j);
                d_n = d_n * m;
                c = c * m;
            }
            /* z~ = dh' (h - n) z (1 - z) */
            vec d_z = dh * (vec_load(h_before + j) - c) * z * (one - z);
            /* r~ = n~ Uh_n r (1 - r) */
            vec d_r = d_n * hn * r * (one - r);
            vec_store(gates + j, d_r);
            vec_store(gates + n + j, d_z);
            vec_store(gates + 2 * n + j, d_n);
            vec_store(gates + 3 * n + j, d_n * r);
            vec_store(dh_row + j, dh * z);
        }
    }
}

static void backward(const struct cell_step *s) {
    if (s->candidate_mask == NULL) {
        backward_rows(s, false);
    } else {
        backward_rows(s, true);
    }
}

const struct cell KERNEL_NAME(cell_gru) = {
    .name = "gru",
    .gates = 3,
    .fused_gates = 2,
    .has_c = false,
    .has_candidate = true,
    .direct_path = true,
    .forget_gate = -1,
    .gate_names = "rzn",
    .sigmoid_gates = "rz",
    .keep_gate = 1,
    .forward = forward,
    .backward = backward,
};
