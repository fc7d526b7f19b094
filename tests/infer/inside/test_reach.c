/* The reach of a model, compared with plain loops over the reference network. */
#include "infer/inside/reach.h"
#include "suites.h"
#include "support/engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOLS = 6, UNITS = 5, LENGTH = 263, END = 2 };

struct fixture {
    struct engine engine;
    struct reference_rnn *rnn; /* of one stream */
    int32_t ids[LENGTH];
    double whole[LENGTH];
};

/* The nats of ids[first + 1], ..., read from the zero state at `first`. */
static void read_from(struct fixture *f, size_t first, size_t count, double *nats) {
    struct reference_shape shape = f->engine.shape;
    shape.steps = count;
    struct reference_rnn *rnn = reference_create(&shape);
    memcpy(rnn->parameters, f->rnn->parameters, rnn->size * sizeof *rnn->parameters);
    memcpy(rnn->x, f->ids + first, count * sizeof *rnn->x);
    memcpy(rnn->y, f->ids + first + 1, count * sizeof *rnn->y);
    reference_forward(rnn);
    memcpy(nats, rnn->nats, count * sizeof *nats);
    reference_destroy(rnn);
}

static void fixture_init(struct fixture *f, struct cell_variant variant, size_t threads) {
    struct generator generator = {.state = 1};
    struct reference_shape shape = shape_of(variant, (size_t[]){SYMBOLS, UNITS, 2, 1, 1});
    shape.has_end = true;
    shape.end = END;
    f->rnn = reference_create(&shape);
    generator_numbers(&generator, f->rnn->parameters, f->rnn->size);
    for (size_t i = 0; i < f->rnn->size; i++) {
        f->rnn->parameters[i] *= 3; /* long memories */
    }
    engine_init(&f->engine, &shape, threads, false);
    engine_set_parameters(&f->engine, f->rnn->parameters);
    for (size_t i = 0; i < LENGTH; i++) {
        /* Few ends, so that some pasts are cut by one and others are not. */
        f->ids[i] = generator_symbol(&generator, SYMBOLS);
        f->ids[i] = f->ids[i] == END && i % 5 != 0 ? 0 : f->ids[i];
    }
    read_from(f, 0, LENGTH - 1, f->whole + 1);
}

static void fixture_deinit(struct fixture *f) {
    engine_deinit(&f->engine);
    reference_destroy(f->rnn);
}

static struct reach measure(const struct fixture *f, size_t length) {
    struct error error = {0};
    struct reach reach;
    const struct reach_plan plan = {
        .model = f->engine.model, .pool = f->engine.pool, .ids = f->ids, .length = length};
    ck_assert_int_eq(reach_measure(&plan, &reach, &error), CHARNN_OK);
    return reach;
}

/* The difference at every target of the starts of a point, from its definition: for each start the
 * symbols before a target are read again. */
static struct reach_point expect(struct fixture *f, size_t from, size_t to) {
    size_t stride = to <= 10 ? 1 : to <= 100 ? 10 : 200;
    double sums[CHARNN_REACH_PIECES] = {0};
    double counts[CHARNN_REACH_PIECES] = {0};
    double nats[LENGTH];
    double sum = 0;
    double count = 0;
    for (size_t start = 0; start < LENGTH - 1; start += stride) {
        size_t most = LENGTH - 1 - start < to ? LENGTH - 1 - start : to;
        read_from(f, start, most, nats);
        for (size_t k = from; k <= most; k++) {
            size_t target = start + k;
            double more = nats[k - 1] - f->whole[target];
            sums[target * CHARNN_REACH_PIECES / LENGTH] += more;
            counts[target * CHARNN_REACH_PIECES / LENGTH]++;
            sum += more;
            count++;
        }
    }
    double squares = 0;
    double used = 0;
    for (size_t i = 0; i < CHARNN_REACH_PIECES; i++) {
        squares += pow(sums[i] - sum / count * counts[i], 2);
        used += counts[i] > 0;
    }
    return (struct reach_point){from, to, sum / count, sqrt(squares * used / (used - 1)) / count};
}

START_TEST(points_are_those_of_plain_loops) {
    static const size_t ends[] = {1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200};
    struct fixture f;
    fixture_init(&f, cell_variant_at((size_t)_i), 2);
    const struct reach reach = measure(&f, LENGTH);
    double nats = 0;
    for (size_t i = 1; i < LENGTH; i++) {
        nats += f.whole[i];
    }
    ck_assert_double_eq_tol(reach.nats, nats / (LENGTH - 1), 1e-5);
    ck_assert_uint_eq(reach.count, sizeof ends / sizeof ends[0]);
    for (size_t i = 0; i < reach.count; i++) {
        const struct reach_point found = reach.points[i];
        const struct reach_point wanted = expect(&f, i > 0 ? ends[i - 1] + 1 : 1, ends[i]);
        ck_assert_uint_eq(found.from, wanted.from);
        ck_assert_uint_eq(found.to, wanted.to);
        ck_assert_double_eq_tol(found.more, wanted.more, 1e-5);
        ck_assert_double_eq_tol(found.error, wanted.error, 1e-5);
    }
    ck_assert_double_gt(fabs(reach.points[0].more), 1e-3);
    fixture_deinit(&f);
}
END_TEST

START_TEST(threads_do_not_change_it) {
    struct fixture f;
    struct fixture g;
    fixture_init(&f, (struct cell_variant){.cell = "gru"}, 1);
    fixture_init(&g, (struct cell_variant){.cell = "gru"}, 3);
    const struct reach a = measure(&f, LENGTH);
    const struct reach b = measure(&g, LENGTH);
    ck_assert_mem_eq(a.points, b.points, a.count * sizeof *a.points);
    fixture_deinit(&f);
    fixture_deinit(&g);
}
END_TEST

/* A network whose hidden state has no effect on the next one reads only the last symbol. */
START_TEST(a_network_without_memory_has_a_flat_curve) {
    struct fixture f;
    fixture_init(&f, (struct cell_variant){.cell = "rnn"}, 1);
    for (size_t i = 0; i < f.rnn->count; i++) {
        const struct reference_parameter *parameter = &f.rnn->table[i];
        if (strstr(parameter->name, "weight_hh") != NULL) {
            memset(f.rnn->parameters + parameter->offset, 0,
                   parameter->rows * parameter->columns * sizeof *f.rnn->parameters);
        }
    }
    engine_set_parameters(&f.engine, f.rnn->parameters);
    const struct reach reach = measure(&f, LENGTH);
    for (size_t i = 0; i < reach.count; i++) {
        ck_assert_double_eq_tol(reach.points[i].more, 0, 1e-7);
        ck_assert_double_eq_tol(reach.points[i].error, 0, 1e-7);
    }
    fixture_deinit(&f);
}
END_TEST

START_TEST(short_texts_have_the_points_that_fit) {
    struct fixture f;
    fixture_init(&f, (struct cell_variant){.cell = "lstm"}, 1);
    const struct reach two = measure(&f, 2);
    ck_assert_uint_eq(two.count, 1);
    ck_assert_double_eq(two.points[0].more, 0);
    ck_assert_double_nan(two.points[0].error);
    for (size_t length = 3; length < 40; length++) {
        const struct reach reach = measure(&f, length);
        ck_assert_uint_lt(reach.points[reach.count - 1].to, length);
        ck_assert(isfinite(reach.points[0].error));
    }
    fixture_deinit(&f);
}
END_TEST

static void tell(void *context, size_t done, size_t whole) {
    size_t *told = context;
    ck_assert_uint_gt(done, told[0]);
    ck_assert_uint_le(done, whole);
    told[0] = done;
    told[1] = whole;
}

START_TEST(progress_ends_at_the_whole) {
    struct fixture f;
    struct error error = {0};
    struct reach reach;
    fixture_init(&f, (struct cell_variant){.cell = "rnn"}, 1);
    for (size_t length = 2; length <= LENGTH; length += 29) {
        size_t told[2] = {0};
        const struct reach_plan plan = {
            .model = f.engine.model, .ids = f.ids, .length = length, .tell = tell, .context = told};
        ck_assert_int_eq(reach_measure(&plan, &reach, &error), CHARNN_OK);
        ck_assert_uint_eq(told[0], told[1]);
    }
    fixture_deinit(&f);
}
END_TEST

Suite *reach_suite(void) {
    Suite *suite = suite_create("reach");
    TCase *tcase = tcase_create("reach");
    tcase_add_loop_test(tcase, points_are_those_of_plain_loops, 0, (int)cell_variant_count());
    tcase_add_test(tcase, threads_do_not_change_it);
    tcase_add_test(tcase, a_network_without_memory_has_a_flat_curve);
    tcase_add_test(tcase, short_texts_have_the_points_that_fit);
    tcase_add_test(tcase, progress_ends_at_the_whole);
    suite_add_tcase(suite, tcase);
    return suite;
}
