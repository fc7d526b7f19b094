/*
 * Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers, Schmidhuber & Cummins
 * 2000; peepholes, in brackets: Gers & Schmidhuber 2000), and the variants of Greff, Srivastava,
 * Koutnik, Steunebrink & Schmidhuber (2015). Gates in PyTorch's order i f g o, with the biases in
 * Wx and Uh:
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
 *
 * A variant lacks a gate (NIG, NFG, NOG: i, f, o = 1), an activation (NIAF: g = Wx_g + Uh_g; NOAF:
 * h' = o c'), or the weights of i (CIFG: i = 1 - f, so f~ = dc' (c - g) f (1 - f); the paper has
 * f = 1 - i, which is the same with the opposite weights). Its blocks and its peepholes are those
 * of the gates that it has. With full gate recurrence (FGR) each of i, f and o also reads i, f and
 * o of the step before, whose products are in Uh; then the order is i f o g, and i~, f~ and o~ add
 * the gradients of i, f and o from the step after.
 */
#include "kernels/vec.h"
#include "nn/cells/cell.h"

/* What a variant has. A constant wherever it is read. */
struct form {
    bool i, f, o;  /* gates */
    bool coupled;  /* without i: i = 1 - f instead of 1 */
    bool g_tanh;   /* activation of the input */
    bool out_tanh; /* activation of the output */
    bool fgr;      /* the gates read the gates of the step before */
};

/* The blocks of the gates. */
struct blocks {
    size_t i, f, g, o;
};

/* Of the peephole p_o, after those of i and f; these have the blocks of their gates. */
KERNEL_INLINE size_t block_of_p_o(const struct blocks at) {
    return at.g < at.o ? at.g : at.o;
}

KERNEL_INLINE struct blocks blocks_of(const struct form form, size_t n) {
    size_t f = form.i ? n : 0;
    size_t g = form.f ? f + n : f;
    return form.fgr ? (struct blocks){0, n, 3 * n, 2 * n} : (struct blocks){0, f, g, g + n};
}

/* Wx + Uh + b of one gate. */
KERNEL_INLINE vec gate_sum(const float *gates, const float *bias, size_t at) {
    return vec_load(gates + at) + vec_load(bias + at);
}

/* A gate: sigmoid(Wx + Uh [+ p seen]). */
KERNEL_INLINE vec gate_open(const struct cell_step *s, const float *gates, size_t at,
                            const bool peephole, size_t p, vec seen) {
    vec sum = gate_sum(gates, s->bias, at);
    return vec_sigmoid(peephole ? vec_fma(vec_load(s->peephole + p), seen, sum) : sum);
}

/* If the form has it, which is a constant. */
KERNEL_INLINE void store_if(const bool has, float *to, vec value) {
    if (has) {
        vec_store(to, value);
    }
}

/* Two loops: the reorder buffer of a processor is too small to reach the gates of the next vector
 * while it waits for c' of this one. */
KERNEL_INLINE void forward_rows(const struct cell_step *s, const struct form form,
                                const bool peephole, const bool masked) {
    const size_t n = s->hidden;
    const struct blocks at = blocks_of(form, n);
    const vec one = vec_set(1.0F);
    for (size_t b = 0; b < s->rows; b++) {
        float *gates = s->gates + b * s->gates_stride;
        const float *c_before = s->c_before + b * s->state_stride;
        float *h = s->h + b * s->state_stride;
        float *c = s->c + b * s->state_stride;
        for (size_t j = 0; j < n; j += VEC_WIDTH) {
            vec cb = vec_load(c_before + j);
            vec f = form.f ? gate_open(s, gates, at.f + j, peephole, at.f + j, cb) : one;
            vec i = form.i         ? gate_open(s, gates, at.i + j, peephole, at.i + j, cb)
                    : form.coupled ? one - f
                                   : one;
            /* g = tanh(Wx_g + Uh_g) */
            vec g = gate_sum(gates, s->bias, at.g + j);
            g = form.g_tanh ? vec_tanh(g) : g;
            store_if(form.i, gates + at.i + j, i);
            store_if(form.f, gates + at.f + j, f);
            vec_store(gates + at.g + j, g);
            if (masked) {
                g = g * vec_load(s->candidate_mask + b * s->mask_stride + j);
            }
            /* c' = f c + i g */
            vec_store(c + j, vec_fma(f, cb, i * g));
        }
        for (size_t j = 0; j < n; j += VEC_WIDTH) {
            vec cn = vec_load(c + j);
            vec o =
                form.o ? gate_open(s, gates, at.o + j, peephole, block_of_p_o(at) + j, cn) : one;
            store_if(form.o, gates + at.o + j, o);
            /* h' = o tanh(c') */
            vec_store(h + j, o * (form.out_tanh ? vec_tanh(cn) : cn));
        }
    }
}

KERNEL_INLINE void forward(const struct cell_step *s, const struct form form) {
    if (s->candidate_mask != NULL) {
        forward_rows(s, form, s->peephole != NULL, true);
    } else if (s->peephole != NULL) {
        forward_rows(s, form, true, false);
    } else {
        forward_rows(s, form, false, false);
    }
}

/* value + gradient p, if the cell has the peephole at `p`. */
KERNEL_INLINE vec add_peephole(const struct cell_step *s, const bool has, size_t p, vec gradient,
                               vec value) {
    return has ? vec_fma(gradient, vec_load(s->peephole + p), value) : value;
}

/* `own`, the gradient of a gate times the gate, plus that from the step after if the gate is
 * recurrent. `at` is the place in a block of dgates. */
KERNEL_INLINE vec add_recurrent(const struct cell_step *s, const struct form form, size_t block,
                                size_t at, vec gate, vec own) {
    return form.fgr ? vec_fma(vec_load(s->dgates + block * s->dgates_block + at), gate, own) : own;
}

/* The gradients of one vector: at unit j of row b. */
KERNEL_INLINE void backward_vector(const struct cell_step *s, const struct form form,
                                   const bool peephole, const bool masked, size_t b, size_t j) {
    const struct blocks at = blocks_of(form, s->hidden);
    const vec one = vec_set(1.0F);
    const size_t row = b * s->hidden + j;
    float *gates = s->gates + b * s->gates_stride + j;
    float *dc_at = s->dc + row;
    vec cb = vec_load(s->c_before + b * s->state_stride + j);
    vec cn = vec_load(s->c + b * s->state_stride + j);
    vec f = form.f ? vec_load(gates + at.f) : one;
    vec i = form.i ? vec_load(gates + at.i) : form.coupled ? one - f : one;
    vec g = vec_load(gates + at.g);
    vec o = form.o ? vec_load(gates + at.o) : one;
    vec out = form.out_tanh ? vec_tanh(cn) : cn;
    vec dh = vec_load(s->dy + b * s->dy_stride + j) + vec_load(s->dh + row);
    vec dho = dh * o;
    /* o~ = dh' tanh(c') o (1 - o) */
    vec d_o = add_recurrent(s, form, 2, row, o, dho * out) * (one - o);
    /* dc' += dh' o (1 - tanh(c')^2) [+ o~ p_o] */
    vec dc = vec_load(dc_at) + (form.out_tanh ? vec_fma(-dho * out, out, dho) : dho);
    dc = add_peephole(s, peephole && form.o, block_of_p_o(at) + j, d_o, dc);
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
    vec d_i = add_recurrent(s, form, 0, row, i, dci * gm) * (one - i);
    vec d_f = dcf * (form.coupled ? cb - gm : cb);
    d_f = add_recurrent(s, form, 1, row, f, d_f) * (one - f);
    vec d_g = form.g_tanh ? vec_fma(-dcg * g, g, dcg) : dcg;
    /* dc = dc' f [+ i~ p_i + f~ p_f] */
    dcf = add_peephole(s, peephole && form.i, at.i + j, d_i, dcf);
    dcf = add_peephole(s, peephole && form.f, at.f + j, d_f, dcf);
    store_if(form.i, gates + at.i, d_i);
    store_if(form.f, gates + at.f, d_f);
    vec_store(gates + at.g, d_g);
    store_if(form.o, gates + at.o, d_o);
    vec_store(dc_at, dcf);
}

KERNEL_INLINE void backward_rows(const struct cell_step *s, const struct form form,
                                 const bool peephole, const bool masked) {
    const size_t gates = (size_t)form.i + form.f + 1 + form.o;
    for (size_t b = 0; b < s->rows; b++) {
        for (size_t j = 0; j < s->hidden; j += VEC_WIDTH) {
            cell_prefetch_next_row(s, b, j, gates, s->c_before);
            backward_vector(s, form, peephole, masked, b, j);
        }
    }
}

KERNEL_INLINE void backward(const struct cell_step *s, const struct form form) {
    if (s->candidate_mask != NULL) {
        backward_rows(s, form, s->peephole != NULL, true);
    } else if (s->peephole != NULL) {
        backward_rows(s, form, true, false);
    } else {
        backward_rows(s, form, false, false);
    }
}

/* The peepholes of the gates i f g o (two without o), and of one gate, g and o. */
static const struct cell_peephole peepholes[] = {{0, false}, {1, false}, {3, true}};
static const struct cell_peephole fewer_peepholes[] = {{0, false}, {2, true}};
static const struct cell_peephole fgr_peepholes[] = {{0, false}, {1, false}, {2, true}};

/* A cell: its name in C and of --lstm-variant, the letters of its gates with and without g, the
 * block of f or -1, its recurrent gates, its peepholes, and its form. */
#define LSTM(id, label, kind, letters, sigmoids, block_f, recurrent, holes, ...)                   \
    static void id##_forward(const struct cell_step *s) {                                          \
        forward(s, (struct form){__VA_ARGS__});                                                    \
    }                                                                                              \
    static void id##_backward(const struct cell_step *s) {                                         \
        backward(s, (struct form){__VA_ARGS__});                                                   \
    }                                                                                              \
    const struct cell KERNEL_NAME(id) = {                                                          \
        .name = label,                                                                             \
        .variant = kind,                                                                           \
        .recurrent_gates = recurrent,                                                              \
        .gates = sizeof letters - 1,                                                               \
        .fused_gates = sizeof letters - 1,                                                         \
        .has_c = true,                                                                             \
        .peepholes = holes,                                                                        \
        .peephole_count = sizeof sigmoids - 1,                                                     \
        .has_candidate = true,                                                                     \
        .direct_path = false,                                                                      \
        .forget_gate = block_f,                                                                    \
        .gate_names = letters,                                                                     \
        .sigmoid_gates = sigmoids,                                                                 \
        .keep_gate = block_f,                                                                      \
        .forward = id##_forward,                                                                   \
        .backward = id##_backward,                                                                 \
    };

LSTM(cell_lstm, "lstm", NULL, "ifgo", "ifo", 1, 0, peepholes, .i = true, .f = true, .o = true,
     .g_tanh = true, .out_tanh = true)
LSTM(cell_lstm_nig, "lstm-nig", "nig", "fgo", "fo", 0, 0, fewer_peepholes, .f = true, .o = true,
     .g_tanh = true, .out_tanh = true)
LSTM(cell_lstm_nfg, "lstm-nfg", "nfg", "igo", "io", -1, 0, fewer_peepholes, .i = true, .o = true,
     .g_tanh = true, .out_tanh = true)
LSTM(cell_lstm_nog, "lstm-nog", "nog", "ifg", "if", 1, 0, peepholes, .i = true, .f = true,
     .g_tanh = true, .out_tanh = true)
LSTM(cell_lstm_niaf, "lstm-niaf", "niaf", "ifgo", "ifo", 1, 0, peepholes, .i = true, .f = true,
     .o = true, .out_tanh = true)
LSTM(cell_lstm_noaf, "lstm-noaf", "noaf", "ifgo", "ifo", 1, 0, peepholes, .i = true, .f = true,
     .o = true, .g_tanh = true)
LSTM(cell_lstm_cifg, "lstm-cifg", "cifg", "fgo", "fo", 0, 0, fewer_peepholes, .coupled = true,
     .f = true, .o = true, .g_tanh = true, .out_tanh = true)
LSTM(cell_lstm_fgr, "lstm-fgr", "fgr", "ifog", "ifo", 1, 3, fgr_peepholes, .i = true, .f = true,
     .o = true, .g_tanh = true, .out_tanh = true, .fgr = true)
