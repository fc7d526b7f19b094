/*
 * Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers, Schmidhuber & Cummins
 * 2000; peepholes, in brackets: Gers & Schmidhuber 2000). Gates in PyTorch's order i f g o, with
 * the biases in Wx and Uh:
 *
 *   i = sigmoid(Wx_i + Uh_i [+ p_i c])      c' = f c + i g
 *   f = sigmoid(Wx_f + Uh_f [+ p_f c])      h' = o tanh(c')
 *   g = tanh   (Wx_g + Uh_g)
 *   o = sigmoid(Wx_o + Uh_o [+ p_o c'])
 *
 * forward() leaves i, f, g and o in the blocks of the gates. backward(), with dh' and dc' the
 * gradients of h' and c':
 *
 *   o~ = dh' tanh(c') o (1 - o)             dc' += dh' o (1 - tanh(c')^2) [+ o~ p_o]
 *   i~ = dc' g i (1 - i)                    g~ = dc' i (1 - g^2)
 *   f~ = dc' c f (1 - f)                    dc = dc' f [+ i~ p_i + f~ p_f]
 *
 * With a mask m of the candidates, c' has m g in place of g, and so has i~; g~ has the factor m
 * (Semeniuta, Severyn & Barth 2016, equation 13).
 */
#include "kernels/vec.h"
#include "nn/cell.h"

/* Wx + Uh + b of one gate. */
KERNEL_INLINE vec gate_sum(const float *gates, const float *bias, size_t at) {
    return vec_load(gates + at) + vec_load(bias + at);
}

/* Two loops: the reorder buffer of a processor is too small to reach the gates of the next vector
 * while it waits for c' of this one. */
KERNEL_INLINE void forward_rows(const struct cell_step *s, const bool peephole, const bool masked) {
    const size_t n = s->hidden;
    for (size_t b = 0; b < s->rows; b++) {
        float *gates = s->gates + b * s->gates_stride;
        const float *c_before = s->c_before + b * s->state_stride;
        float *h = s->h + b * s->state_stride;
        float *c = s->c + b * s->state_stride;
        for (size_t j = 0; j < n; j += VEC_WIDTH) {
            /* i = sigmoid(Wx_i + Uh_i [+ p_i c]), likewise f; g = tanh(Wx_g + Uh_g) */
            vec i = gate_sum(gates, s->bias, j);
            vec f = gate_sum(gates, s->bias, n + j);
            vec g = vec_tanh(gate_sum(gates, s->bias, 2 * n + j));
            vec cb = vec_load(c_before + j);
            if (peephole) {
                i = vec_fma(vec_load(s->peephole + j), cb, i);
                f = vec_fma(vec_load(s->peephole + n + j), cb, f);
            }
            i = vec_sigmoid(i);
            f = vec_sigmoid(f);
            vec_store(gates + j, i);
            vec_store(gates + n + j, f);
            vec_store(gates + 2 * n + j, g);
            if (masked) {
                g = g * vec_load(s->candidate_mask + b * s->mask_stride + j);
            }
            /* c' = f c + i g */
            vec_store(c + j, vec_fma(f, cb, i * g));
        }
        for (size_t j = 0; j < n; j += VEC_WIDTH) {
            /* o = sigmoid(Wx_o + Uh_o [+ p_o c']) */
            vec o = gate_sum(gates, s->bias, 3 * n + j);
            vec cn = vec_load(c + j);
            if (peephole) {
                o = vec_fma(vec_load(s->peephole + 2 * n + j), cn, o);
            }
            o = vec_sigmoid(o);
            vec_store(gates + 3 * n + j, o);
            /* h' = o tanh(c') */
            vec_store(h + j, o * vec_tanh(cn));
        }
    }
}

static void forward(const struct cell_step *s) {
    if (s->candidate_mask != NULL) {
        forward_rows(s, s->peephole != NULL, true);
    } else if (s->peephole != NULL) {
        forward_rows(s, true, false);
    } else {
        forward_rows(s, false, false);
    }
}

KERNEL_INLINE void backward_rows(const struct cell_step *s, const bool peephole,
                                 const bool masked) {
    const size_t n = s->hidden;
    const vec one = vec_set(1.0F);
    for (size_t b = 0; b < s->rows; b++) {
        float *gates = s->gates + b * s->gates_stride;
        const float *c_before = s->c_before + b * s->state_stride;
        const float *c = s->c + b * s->state_stride;
        const float *dy = s->dy + b * s->dy_stride;
        float *dh_row = s->dh + b * n;
        float *dc_row = s->dc + b * n;
        for (size_t j = 0; j < n; j += VEC_WIDTH) {
            cell_prefetch_next_row(s, b, j, 4, s->c_before);
            vec i = vec_load(gates + j);
            vec f = vec_load(gates + n + j);
            vec g = vec_load(gates + 2 * n + j);
            vec o = vec_load(gates + 3 * n + j);
            vec tc = vec_tanh(vec_load(c + j));
            vec dh = vec_load(dy + j) + vec_load(dh_row + j);
            vec dho = dh * o;
            /* o~ = dh' tanh(c') o (1 - o) */
            vec d_o = dho * tc * (one - o);
            /* dc' += dh' o (1 - tanh(c')^2) [+ o~ p_o] */
            vec dc = vec_load(dc_row + j) + vec_fma(-dho * tc, tc, dho);
            if (peephole) {
                dc = vec_fma(d_o, vec_load(s->peephole + 2 * n + j), dc);
            }
            vec dci = dc * i;
            vec dcf = dc * f;
            vec dcg = dci; /* the gradient of the candidate g */
            vec gm = g;
            if (masked) {
                vec m = vec_load(s->candidate_mask + b * s->mask_stride + j);
                dcg = dci * m;
                gm = g * m;
            }
            /* i~ = dc' g i (1 - i), f~ = dc' c f (1 - f), g~ = dc' i (1 - g^2) */
            vec d_i = dci * gm * (one - i);
            vec d_f = dcf * vec_load(c_before + j) * (one - f);
            vec d_g = vec_fma(-dcg * g, g, dcg);
            /* dc = dc' f [+ i~ p_i + f~ p_f] */
            if (peephole) {
                dcf = vec_fma(d_i, vec_load(s->peephole + j), dcf);
                dcf = vec_fma(d_f, vec_load(s->peephole + n + j), dcf);
            }
            vec_store(gates + j, d_i);
            vec_store(gates + n + j, d_f);
            vec_store(gates + 2 * n + j, d_g);
            vec_store(gates + 3 * n + j, d_o);
            vec_store(dc_row + j, dcf);
        }
    }
}

static void backward(const struct cell_step *s) {
    if (s->candidate_mask != NULL) {
        backward_rows(s, s->peephole != NULL, true);
    } else if (s->peephole != NULL) {
        backward_rows(s, true, false);
    } else {
        backward_rows(s, false, false);
    }
}

/* p_i, p_f, p_o */
static const struct cell_peephole peepholes[] = {{0, false}, {1, false}, {3, true}};

const struct cell KERNEL_NAME(cell_lstm) = {
    .name = "lstm",
    .gates = 4,
    .fused_gates = 4,
    .has_c = true,
    .peepholes = peepholes,
    .peephole_count = sizeof peepholes / sizeof peepholes[0],
    .has_candidate = true,
    .direct_path = false,
    .forget_gate = 1,
    .gate_names = "ifgo",
    .sigmoid_gates = "ifo",
    .keep_gate = 1,
    .forward = forward,
    .backward = backward,
};
