/* What an observed network shows, compared with the reference. */
#include "suites.h"
#include "support/engine.h"

#include <stdlib.h>
#include <string.h>

/* T is beyond the span of a network that is not observed, which keeps the gates of one only. */
static const size_t sizes[5] = {7, 19, 2, 64, 21};

struct fixture {
    struct engine engine;
    struct reference_rnn *reference;
    struct network *observed;
    float *nats;
};

static void fixture_init(struct fixture *f, int variant, size_t threads) {
    struct reference_shape shape = shape_of(cell_variant_at((size_t)variant), sizes);
    struct generator generator = {.state = 5};
    struct error error = {0};
    shape.has_end = true;
    shape.end = 2;
    size_t positions = shape.steps * shape.batch;
    f->reference = reference_create(&shape);
    struct reference_rnn *r = f->reference;
    generator_numbers(&generator, r->parameters, r->size);
    generator_symbols(&generator, shape.vocab, r->x, positions);
    generator_symbols(&generator, shape.vocab, r->y, positions);
    engine_init(&f->engine, &shape, threads, false);
    engine_copy_reference(&f->engine, r);
    reference_forward(r);
    const struct network_plan plan = {.batch = shape.batch, .steps = shape.steps, .observed = true};
    ck_assert_int_eq(network_create(f->engine.model, f->engine.pool, &plan, &f->observed, &error),
                     CHARNN_OK);
    f->nats = calloc(positions, sizeof *f->nats);
    ck_assert_ptr_nonnull(f->nats);
    network_score(f->observed, r->x, r->y, shape.steps, f->nats);
}

static void fixture_deinit(struct fixture *f) {
    free(f->nats);
    network_destroy(f->observed);
    engine_deinit(&f->engine);
    reference_destroy(f->reference);
}

/* All values of one layer and step agree with the reference. */
static void compare_step(const struct fixture *f, size_t layer, size_t t, size_t b) {
    const struct reference_rnn *r = f->reference;
    const struct reference_shape *s = &r->shape;
    const struct cell *cell = f->engine.model->shape.cell;
    size_t H = s->hidden;
    size_t state = ((layer * (s->steps + 1) + t + 1) * s->batch + b) * H;
    size_t gates = ((layer * s->steps + t) * s->batch + b) * H * r->gates;
    const struct tolerance tolerance = {.absolute = 1e-5, .relative = 1e-4};
    assert_floats(network_observe_state(f->observed, layer, CHARNN_STATE_H, t, b), r->h + state, H,
                  tolerance, "h of %s, layer %zu, step %zu, stream %zu", s->cell, layer, t, b);
    if (r->has_c) {
        assert_floats(network_observe_state(f->observed, layer, CHARNN_STATE_C, t, b), r->c + state,
                      H, tolerance, "c of %s, layer %zu, step %zu, stream %zu", s->cell, layer, t,
                      b);
    }
    for (size_t gate = 0; gate < strlen(cell->gate_names); gate++) {
        assert_floats(network_observe_gate(f->observed, layer, gate, t, b),
                      r->activations + gates + gate * H, H, tolerance,
                      "%c of %s, layer %zu, step %zu, stream %zu", cell->gate_names[gate], s->cell,
                      layer, t, b);
    }
}

START_TEST(every_state_and_gate_agrees_with_the_reference) {
    for (size_t threads = 1; threads <= 3; threads += 2) {
        struct fixture f;
        fixture_init(&f, _i, threads);
        for (size_t layer = 0; layer < sizes[2]; layer++) {
            for (size_t t = 0; t < sizes[4]; t++) {
                for (size_t b = 0; b < sizes[3]; b += 9) {
                    compare_step(&f, layer, t, b);
                }
            }
        }
        fixture_deinit(&f);
    }
}
END_TEST

/* Observing changes no bit of the losses. */
START_TEST(losses_are_those_of_other_networks) {
    struct fixture f;
    fixture_init(&f, _i, 2);
    const struct network_plan plan = {.batch = sizes[3], .steps = sizes[4]};
    struct network *other;
    struct error error = {0};
    ck_assert_int_eq(network_create(f.engine.model, f.engine.pool, &plan, &other, &error),
                     CHARNN_OK);
    float *nats = calloc(sizes[3] * sizes[4], sizeof *nats);
    ck_assert_ptr_nonnull(nats);
    network_score(other, f.reference->x, f.reference->y, sizes[4], nats);
    assert_same_bits(f.nats, nats, sizes[3] * sizes[4], "losses");
    free(nats);
    network_destroy(other);
    fixture_deinit(&f);
}
END_TEST

/* Only an observed network has the memory for all gates of a window. */
START_TEST(only_observing_takes_memory) {
    struct fixture f;
    fixture_init(&f, _i, 1);
    const struct model *model = f.engine.model;
    struct network_plan plan = {.batch = sizes[3], .steps = sizes[4]};
    size_t plain = network_memory(model, &plan, 1);
    plan.observed = true;
    size_t gates = cell_gate_blocks(model->shape.cell) * model->hidden_stride * sizeof(float);
    ck_assert_uint_ge(network_memory(model, &plan, 1) - plain, sizes[2] * sizes[3] * gates);
    fixture_deinit(&f);
}
END_TEST

START_TEST(gates_are_named) {
    static const char *const names[][3] = {
        {"lstm", "ifgo", "ifo"}, {"gru", "rzn", "rz"}, {"rnn", "", ""}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct cell *cell = cell_find(names[i][0]);
        ck_assert_str_eq(cell->gate_names, names[i][1]);
        ck_assert_str_eq(cell->sigmoid_gates, names[i][2]);
    }
}
END_TEST

Suite *observed_suite(void) {
    Suite *suite = suite_create("observed");
    TCase *tcase = tcase_create("observed");
    int variants = (int)cell_variant_count();
    tcase_add_loop_test(tcase, every_state_and_gate_agrees_with_the_reference, 0, variants);
    tcase_add_loop_test(tcase, losses_are_those_of_other_networks, 0, variants);
    tcase_add_loop_test(tcase, only_observing_takes_memory, 0, variants);
    tcase_add_test(tcase, gates_are_named);
    suite_add_tcase(suite, tcase);
    return suite;
}
