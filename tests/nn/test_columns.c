/* Networks whose threads share the columns of products, compared with the same network on one
 * thread, which test_network.c compares with PyTorch. */
#include "nn/network.h"
#include "nn/network_internal.h"
#include "suites.h"
#include "support/engine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VOCAB = 19, LAYERS = 2, STEPS = 3, RUNS = 4, STREAMS_MOST = 16, HIDDEN_MOST = 512 };

/* The threads share, or the calling thread works alone, or whatever the network measures. */
enum way { TOGETHER, ALONE, MEASURED, WAYS };

static struct model *create_model(struct cell_variant variant, size_t hidden) {
    struct error error = {0};
    const struct model_shape shape = {.cell = cell_find(variant.cell),
                                      .vocab = VOCAB,
                                      .hidden = hidden,
                                      .layers = LAYERS,
                                      .peephole = variant.peephole,
                                      .attention = variant.attention};
    struct model *model;
    ck_assert_int_eq(model_create(&shape, false, &model, &error), CHARNN_OK);
    model_initialize(model, 0.2, 7);
    return model;
}

/* The fewest units with which threads share columns. */
static size_t least_hidden(struct cell_variant variant) {
    for (size_t hidden = 160;; hidden += 16) {
        struct model *model = create_model(variant, hidden);
        bool shares = network_shares_columns(model, 1);
        model_destroy(model);
        if (shares) {
            return hidden;
        }
    }
}

/* All that a network computes. */
struct outcome {
    float nats[STEPS * STREAMS_MOST];
    float logits[RUNS][STREAMS_MOST][VOCAB];
    float state[LAYERS * 2 * STREAMS_MOST * HIDDEN_MOST];
};

static void compute(struct network *network, size_t batch, struct outcome *o) {
    static const int32_t ids[] = {3, 18, 0, 7, 7, 11, 2, 16, 5, 1, 9, 12, 4, 8, 13, 17, 6, 10, 14};
    int32_t x[STEPS * STREAMS_MOST];
    memset(o, 0, sizeof *o);
    for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
        x[i] = ids[i % VOCAB];
    }
    network_reset_state(network);
    network_score(network, x, x + 1, STEPS - 1, o->nats);
    for (size_t run = 0; run < RUNS; run++) {
        network_forward(network, x + run, run % 2 == 0 ? 1 : 2);
        for (size_t b = 0; b < batch; b++) {
            memcpy(o->logits[run][b], network_logits(network, b), sizeof o->logits[run][b]);
        }
    }
    size_t size = batch * network->model->shape.hidden;
    for (size_t l = 0; l < LAYERS; l++) {
        for (size_t kind = 0; kind < network_state_kinds(network); kind++) {
            network_get_state(network, l, (int)kind, o->state + (2 * l + kind) * size);
        }
    }
}

static void check(struct model *model, const struct network_plan *plan, size_t threads,
                  const struct outcome *expected) {
    static struct outcome got;
    struct error error = {0};
    struct thread_pool *pool;
    struct network *network;
    ck_assert_int_eq(thread_pool_create(threads, &pool, &error), CHARNN_OK);
    ck_assert_int_eq(network_create(model, pool, plan, &network, &error), CHARNN_OK);
    ck_assert(network->shares_columns ==
              (threads > 1 && network_shares_columns(model, plan->batch)));
    for (enum way way = TOGETHER; way < WAYS; way++) {
        network->faster = (struct faster){
            .way = way == ALONE, .favourite = way == ALONE, .stay = way == MEASURED ? 0 : INFINITY};
        compute(network, plan->batch, &got);
        char what[128];
        snprintf(what, sizeof what, "%s, %zu units, %zu streams%s, %zu threads, way %d",
                 model->shape.cell->name, model->shape.hidden, plan->batch,
                 plan->unpacked ? ", unpacked" : "", threads, (int)way);
        assert_same_bits(got.nats, expected->nats, sizeof got.nats / sizeof(float), "%s: nats",
                         what);
        assert_same_bits(got.logits[0][0], expected->logits[0][0],
                         sizeof got.logits / sizeof(float), "%s: logits", what);
        assert_same_bits(got.state, expected->state, sizeof got.state / sizeof(float), "%s: state",
                         what);
    }
    network_destroy(network);
    thread_pool_destroy(pool);
}

/* Below, at and above the least size, and with widths that are no multiple of a panel. */
START_TEST(threads_give_the_same_bits) {
    static const struct {
        size_t hidden; /* beyond a size that does not share; from 16 on they share */
        size_t batch;
        bool unpacked;
    } cases[] = {{0, 1, false}, {16, 1, false}, {16, 1, true},  {21, 2, false},
                 {21, 1, true}, {79, 5, false}, {79, 16, false}};
    static const size_t threads[] = {1, 2, 3, 8};
    static struct outcome expected;
    struct cell_variant variant = cell_variant_at((size_t)_i);
    size_t below = least_hidden(variant) - 16;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct model *model = create_model(variant, below + cases[i].hidden);
        const struct network_plan plan = {
            .batch = cases[i].batch, .steps = STEPS, .unpacked = cases[i].unpacked};
        struct error error = {0};
        struct network *network;
        ck_assert_uint_le(model->shape.hidden, HIDDEN_MOST);
        ck_assert(network_shares_columns(model, plan.batch) == (cases[i].hidden >= 16));
        ck_assert_int_eq(network_create(model, NULL, &plan, &network, &error), CHARNN_OK);
        compute(network, plan.batch, &expected);
        ck_assert(expected.nats[0] != 0 && expected.state[0] != 0);
        network_destroy(network);
        for (size_t t = 0; t < sizeof threads / sizeof threads[0]; t++) {
            check(model, &plan, threads[t], &expected);
        }
        model_destroy(model);
    }
}
END_TEST

START_TEST(only_large_models_and_few_streams_share) {
    struct cell_variant variant = cell_variant_at(0);
    struct model *small = create_model(variant, 128);
    struct model *large = create_model(variant, 256);
    size_t processors = thread_pool_default_size();
    ck_assert(!network_shares_columns(small, 1));
    ck_assert(network_shares_columns(large, 1));
    ck_assert(network_shares_columns(large, 16));
    ck_assert(!network_shares_columns(large, 17));
    ck_assert_uint_eq(network_useful_threads(small, 1, 8), 1);
    ck_assert_uint_eq(network_useful_threads(small, 5, 8), 5);
    ck_assert_uint_eq(network_useful_threads(small, 50, 8), 8);
    ck_assert_uint_eq(network_useful_threads(large, 1, 1), 1);
    ck_assert_uint_eq(network_useful_threads(large, 1, 100), processors < 4 ? processors : 4);
    ck_assert_uint_eq(network_useful_threads(large, 16, 2), processors < 2 ? processors : 2);
    ck_assert_uint_eq(network_useful_threads(large, 64, 3), 3);
    model_destroy(large);
    model_destroy(small);
}
END_TEST

/* Gradients are of streams: a network that is trained does not share. */
START_TEST(training_shares_the_streams) {
    struct reference_shape shape = shape_of(cell_variant_at(0), (const size_t[]){5, 256, 2, 2, 1});
    struct engine engine;
    engine_init(&engine, &shape, 2, false);
    ck_assert(network_shares_columns(engine.model, 2));
    ck_assert(!engine.network->shares_columns);
    engine_deinit(&engine);
}
END_TEST

Suite *columns_suite(void) {
    Suite *suite = suite_create("columns");
    TCase *bits = tcase_create("bits");
    tcase_add_loop_test(bits, threads_give_the_same_bits, 0, (int)cell_variant_count());
    tcase_add_test(bits, only_large_models_and_few_streams_share);
    tcase_add_test(bits, training_shares_the_streams);
    suite_add_tcase(suite, bits);
    return suite;
}
