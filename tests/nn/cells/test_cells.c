/*
 * The cells of every kernel set that this processor supports: the accuracy of tanh and sigmoid over
 * all floats, and agreement between the sets. test_network.c and test_gradients.c check the
 * equations in the set in use.
 */
#include "nn/cells/cell_table.h"
#include "suites.h"
#include "support/guarded.h"
#include "support/kernel_sets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET_ROW(set) [CHARNN_SET_##set] = cells_##set,
static const struct cell *const *const cells_of_set[] = {CHARNN_SETS(SET_ROW)};
#undef SET_ROW

static const struct cell *find_cell(int set, const char *name) {
    for (size_t i = 0; i < cell_count; i++) {
        if (strcmp(cells_of_set[set][i]->name, name) == 0) {
            return cells_of_set[set][i];
        }
    }
    ck_abort_msg("no cell \"%s\"", name);
    return NULL;
}

START_TEST(every_set_has_the_same_cells) {
    for (size_t i = 0; i < cell_count; i++) {
        const struct cell *cell = cells_of_set[kernels_table[_i]->set][i];
        const struct cell *scalar = cells_scalar[i];
        ck_assert_str_eq(cell->name, scalar->name);
        ck_assert_uint_eq(cell->gates, scalar->gates);
        ck_assert_uint_eq(cell->fused_gates, scalar->fused_gates);
        ck_assert(cell->has_c == scalar->has_c && cell->peephole_count == scalar->peephole_count &&
                  cell->direct_path == scalar->direct_path &&
                  cell->forget_gate == scalar->forget_gate);
        for (size_t p = 0; p < scalar->peephole_count; p++) {
            ck_assert_uint_eq(cell->peepholes[p].gate, scalar->peepholes[p].gate);
            ck_assert(cell->peepholes[p].sees_new == scalar->peepholes[p].sees_new);
        }
    }
}
END_TEST

START_TEST(cells_are_found_by_name) {
    for (size_t i = 0; i < cell_count; i++) {
        ck_assert_ptr_eq(cell_find(cell_at(i)->name), cell_at(i));
        ck_assert_ptr_eq(cell_at(i), cells_of_set[kernels_current()->set][i]);
    }
    ck_assert_ptr_null(cell_find("mlp"));
    ck_assert_ptr_null(cell_find(""));
}
END_TEST

static const struct {
    const char *model, *variant;
    const char *cell; /* or NULL */
} settings[] = {
    {"lstm", "np", "lstm"},   {"lstm", "vanilla", "lstm"}, {"lstm", "cifg", "lstm-cifg"},
    {"gru", "np", "gru"},     {"lstm", "nog", "lstm-nog"}, {"lstm", "lstm", NULL},
    {"gru", "vanilla", NULL}, {"gru", "cifg", NULL},       {"lstm-cifg", "np", NULL},
    {"lstm", "", NULL},       {"lstm-cifg", "cifg", NULL},
};

START_TEST(cells_are_found_by_their_settings) {
    const struct cell *expected = settings[_i].cell != NULL ? cell_find(settings[_i].cell) : NULL;
    ck_assert_ptr_eq(cell_of_settings(settings[_i].model, settings[_i].variant), expected);
    ck_assert_str_eq(cell_model(cell_find("lstm-nfg")), "lstm");
    ck_assert_str_eq(cell_model(cell_find("rnn")), "rnn");
    ck_assert_str_eq(cell_variant(cell_find("lstm-nfg"), true), "nfg");
    ck_assert_str_eq(cell_variant(cell_find("lstm"), true), "vanilla");
    ck_assert_str_eq(cell_variant(cell_find("lstm"), false), "np");
    ck_assert_str_eq(cell_variant(cell_find("gru"), false), "np");
}
END_TEST

/* --- tanh and sigmoid ---------------------------------------------------------------------- */

enum { CHUNK = 4096, GATES_MOST = 4 };

/* One row of hidden units; all gates get the same sums. */
struct sweep {
    float x[CHUNK];
    float gates[GATES_MOST * CHUNK];
    float zero[GATES_MOST * CHUNK];
    float h[CHUNK], c[CHUNK];
};

/* The float of one step of the sweep: mantissas are spread evenly. */
static float sweep_value(uint32_t sign_and_exponent, uint32_t step) {
    uint32_t bits = sign_and_exponent << 23 | (step << 11) | (step * 0x9E5 & 0x7FF);
    if (step == 0 || step == CHUNK - 1) {
        bits = sign_and_exponent << 23 | (step == 0 ? 0 : 0x7FFFFF);
    }
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void run_sweep(const struct cell *cell, struct sweep *sweep) {
    for (size_t gate = 0; gate < GATES_MOST; gate++) {
        memcpy(sweep->gates + gate * CHUNK, sweep->x, CHUNK * sizeof *sweep->x);
    }
    struct cell_step step = {
        .rows = 1,
        .hidden = CHUNK,
        .gates = sweep->gates,
        .wx = sweep->gates,
        .bias = sweep->zero,
        .h_before = sweep->zero,
        .c_before = sweep->zero,
        .h = sweep->h,
        .c = sweep->c,
    };
    cell->forward(&step);
}

/* Fails if an error exceeds its bound, or if NaN does not give NaN. */
static void check_function(const char *set, const char *what, const float *x, const float *y,
                           double (*exact)(double x)) {
    const double bound = exact == tanh ? 2e-7 : 1.5e-7; /* the bounds of kernels/vec.h */
    for (size_t i = 0; i < CHUNK; i++) {
        bool right = isnan(x[i]) ? isnan(y[i]) : fabs((double)y[i] - exact((double)x[i])) <= bound;
        if (!right) {
            ck_abort_msg("%s: %s is %.9g at %.9g, not %.9g", set, what, (double)y[i], (double)x[i],
                         exact((double)x[i]));
        }
    }
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

START_TEST(tanh_and_sigmoid_are_exact_everywhere) {
    const char *set = kernels_table[_i]->name;
    const struct cell *rnn = find_cell(kernels_table[_i]->set, "rnn");
    const struct cell *lstm = find_cell(kernels_table[_i]->set, "lstm");
    const struct cell *gru = find_cell(kernels_table[_i]->set, "gru");
    struct sweep *sweep = calloc(1, sizeof *sweep);
    ck_assert_ptr_nonnull(sweep);
    for (uint32_t sign_and_exponent = 0; sign_and_exponent < 512; sign_and_exponent++) {
        for (uint32_t step = 0; step < CHUNK; step++) {
            sweep->x[step] = sweep_value(sign_and_exponent, step);
        }
        run_sweep(rnn, sweep);
        check_function(set, "rnn's tanh", sweep->x, sweep->h, tanh);
        run_sweep(lstm, sweep);
        for (size_t gate = 0; gate < 4; gate++) {
            check_function(set, "lstm's gate", sweep->x, sweep->gates + gate * CHUNK,
                           gate == 2 ? tanh : sigmoid);
        }
        run_sweep(gru, sweep);
        for (size_t gate = 0; gate < 2; gate++) {
            check_function(set, "gru's gate", sweep->x, sweep->gates + gate * CHUNK, sigmoid);
        }
    }
    free(sweep);
}
END_TEST

START_TEST(tanh_and_sigmoid_are_exact_at_zero) {
    struct sweep *sweep = calloc(1, sizeof *sweep);
    ck_assert_ptr_nonnull(sweep);
    run_sweep(find_cell(kernels_table[_i]->set, "rnn"), sweep);
    ck_assert(sweep->h[0] == 0.0F);
    run_sweep(find_cell(kernels_table[_i]->set, "gru"), sweep);
    ck_assert(sweep->gates[0] == 0.5F);
    free(sweep);
}
END_TEST

/* --- the sets agree ------------------------------------------------------------------------ */

/* The arrays of one step forward and backward for `rows` streams. */
struct step {
    size_t rows, hidden;
    bool peephole;
    struct guarded wx, bias, peepholes, h_before, c_before, dy, dgates; /* in */
    struct guarded gates, h, c, dh, dc;                                 /* out, or in and out */
    size_t wx_stride, gates_stride, state_stride;
};

enum { STEP_ARRAYS = 12 };

static void init_rows(struct guarded *guarded, size_t rows, size_t columns, size_t stride,
                      bool filled, struct noise *noise) {
    guarded_init(guarded, rows * stride);
    if (filled) {
        guarded_fill(guarded, rows, columns, stride, noise);
    }
}

static void step_init(struct step *s, const struct cell *cell, size_t rows, size_t hidden,
                      bool peephole) {
    struct noise noise = {0};
    size_t columns = cell->gates * hidden;
    size_t gates = cell_gate_blocks(cell) * hidden;
    *s = (struct step){.rows = rows,
                       .hidden = hidden,
                       .peephole = peephole,
                       .wx_stride = columns + 3,
                       .gates_stride = gates + 5,
                       .state_stride = hidden + 7};
    init_rows(&s->wx, rows, columns, s->wx_stride, true, &noise);
    init_rows(&s->bias, 1, columns, columns, true, &noise);
    init_rows(&s->peepholes, 1, 3 * hidden, 3 * hidden, true, &noise);
    init_rows(&s->h_before, rows, hidden, s->state_stride, true, &noise);
    init_rows(&s->c_before, rows, hidden, s->state_stride, true, &noise);
    init_rows(&s->dy, rows, hidden, s->state_stride, true, &noise);
    init_rows(&s->dgates, CHARNN_RECURRENT_GATES, rows * hidden, rows * hidden, true, &noise);
    init_rows(&s->gates, rows, gates, s->gates_stride, true, &noise);
    init_rows(&s->h, rows, hidden, s->state_stride, false, &noise);
    init_rows(&s->c, rows, hidden, s->state_stride, false, &noise);
    init_rows(&s->dh, rows, hidden, hidden, true, &noise);
    init_rows(&s->dc, rows, hidden, hidden, true, &noise);
}

static void step_arrays(struct step *s, struct guarded *arrays[STEP_ARRAYS]) {
    struct guarded *all[STEP_ARRAYS] = {&s->wx,       &s->bias, &s->peepholes, &s->h_before,
                                        &s->c_before, &s->dy,   &s->dgates,    &s->gates,
                                        &s->h,        &s->c,    &s->dh,        &s->dc};
    memcpy(arrays, all, sizeof all);
}

static void step_deinit(struct step *s) {
    struct guarded *arrays[STEP_ARRAYS];
    step_arrays(s, arrays);
    for (size_t i = 0; i < STEP_ARRAYS; i++) {
        guarded_deinit(arrays[i]);
    }
}

static struct cell_step step_of(const struct step *s, const struct cell *cell) {
    return (struct cell_step){
        .rows = s->rows,
        .hidden = s->hidden,
        .gates = s->gates.data,
        .gates_stride = s->gates_stride,
        .peephole = s->peephole ? s->peepholes.data : NULL,
        .h_before = s->h_before.data,
        .c_before = cell->has_c ? s->c_before.data : NULL,
        .h = s->h.data,
        .c = cell->has_c ? s->c.data : NULL,
        .state_stride = s->state_stride,
        .wx = s->wx.data,
        .wx_stride = s->wx_stride,
        .bias = s->bias.data,
        .dy = s->dy.data,
        .dy_stride = s->state_stride,
        .dgates = s->dgates.data,
        .dgates_block = s->rows * s->hidden,
        .dh = s->dh.data,
        .dc = cell->has_c ? s->dc.data : NULL,
    };
}

static void step_run(struct step *s, const struct cell *cell) {
    struct cell_step step = step_of(s, cell);
    cell->forward(&step);
    cell->backward(&step);
}

/* If `exactly`, all bits must agree, else all values within a tolerance; guards always agree. */
static void check_steps(struct step *got, struct step *expected, bool exactly, const char *what) {
    struct guarded *a[STEP_ARRAYS];
    struct guarded *b[STEP_ARRAYS];
    step_arrays(got, a);
    step_arrays(expected, b);
    for (size_t i = 0; i < STEP_ARRAYS; i++) {
        if (exactly) {
            assert_guarded_same(a[i], b[i], "%s, %zu rows of %zu, array %zu", what, got->rows,
                                got->hidden, i);
        } else {
            struct tolerance tolerance = {.absolute = 1e-6, .relative = 1e-6};
            assert_guarded_near(a[i], b[i], tolerance, "%s, %zu rows of %zu, array %zu", what,
                                got->rows, got->hidden, i);
        }
    }
}

static void check_set(const struct kernels *kernels, size_t index, bool peephole) {
    const struct cell *cell = cells_of_set[kernels->set][index];
    const struct cell *scalar = cells_scalar[index];
    for (size_t rows = 0; rows <= 3; rows++) {
        for (size_t hidden = 16; hidden <= 80; hidden += 16) {
            char what[64];
            struct step got;
            struct step expected;
            step_init(&got, cell, rows, hidden, peephole);
            step_init(&expected, cell, rows, hidden, peephole);
            step_run(&got, cell);
            step_run(&expected, scalar);
            (void)snprintf(what, sizeof what, "%s %s%s", kernels->name, cell->name,
                           peephole ? " with peepholes" : "");
            check_steps(&got, &expected, kernels->fused, what);
            step_deinit(&expected);
            step_deinit(&got);
        }
    }
}

START_TEST(sets_agree) {
    for (size_t i = 0; i < cell_count; i++) {
        check_set(kernels_table[_i], i, false);
        if (cells_scalar[i]->peephole_count > 0) {
            check_set(kernels_table[_i], i, true);
        }
    }
}
END_TEST

/* --- shared rows --------------------------------------------------------------------------- */

/* The rows of wx may be gathered from a table, as for one-hot input. */
START_TEST(input_rows_may_be_gathered) {
    enum { ROWS = 5, HIDDEN = 32 };
    static const int32_t rows[ROWS] = {4, 0, 4, 2, 1};
    for (size_t i = 0; i < cell_count; i++) {
        const struct cell *cell = cells_of_set[kernels_table[_i]->set][i];
        struct step got;
        struct step expected;
        step_init(&got, cell, ROWS, HIDDEN, cell->peephole_count > 0);
        step_init(&expected, cell, ROWS, HIDDEN, cell->peephole_count > 0);
        for (size_t b = 0; b < ROWS; b++) {
            memcpy(expected.wx.data + b * expected.wx_stride,
                   got.wx.data + (size_t)rows[b] * got.wx_stride,
                   cell->gates * HIDDEN * sizeof(float));
        }
        struct cell_step step = step_of(&got, cell);
        step.wx_row = rows;
        cell->forward(&step);
        step = step_of(&expected, cell);
        cell->forward(&step);
        memcpy(expected.wx.data, got.wx.data, got.wx.count * sizeof(float));
        check_steps(&got, &expected, true, cell->name);
        step_deinit(&expected);
        step_deinit(&got);
    }
}
END_TEST

/* wx may be the rows of gates, as in layer.c. */
START_TEST(input_rows_may_be_the_gates) {
    enum { ROWS = 3, HIDDEN = 48 };
    for (size_t i = 0; i < cell_count; i++) {
        const struct cell *cell = cells_of_set[kernels_table[_i]->set][i];
        size_t fused = cell->fused_gates * HIDDEN;
        struct step separate;
        struct step shared;
        step_init(&separate, cell, ROWS, HIDDEN, cell->peephole_count > 0);
        step_init(&shared, cell, ROWS, HIDDEN, cell->peephole_count > 0);
        for (size_t b = 0; b < ROWS; b++) {
            memcpy(shared.gates.data + b * shared.gates_stride + fused,
                   shared.wx.data + b * shared.wx_stride + fused,
                   (cell->gates * HIDDEN - fused) * sizeof(float));
        }
        step_run(&separate, cell);
        struct cell_step step = step_of(&shared, cell);
        step.wx = shared.gates.data;
        step.wx_stride = shared.gates_stride;
        cell->forward(&step);
        cell->backward(&step);
        check_steps(&shared, &separate, true, cell->name);
        step_deinit(&shared);
        step_deinit(&separate);
    }
}
END_TEST

Suite *cells_suite(void) {
    Suite *suite = suite_create("cells");
    TCase *test = tcase_create("cells");
    kernel_sets_add_test(test, every_set_has_the_same_cells);
    tcase_add_test(test, cells_are_found_by_name);
    tcase_add_loop_test(test, cells_are_found_by_their_settings, 0,
                        (int)(sizeof settings / sizeof settings[0]));
    kernel_sets_add_test(test, tanh_and_sigmoid_are_exact_everywhere);
    kernel_sets_add_test(test, tanh_and_sigmoid_are_exact_at_zero);
    kernel_sets_add_test(test, sets_agree);
    kernel_sets_add_test(test, input_rows_may_be_gathered);
    kernel_sets_add_test(test, input_rows_may_be_the_gates);
    suite_add_tcase(suite, test);
    return suite;
}
