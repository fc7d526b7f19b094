/* A recording, compared with a network that reads the text symbol by symbol. */
#include "infer/inside/recording.h"
#include "nn/network.h"
#include "suites.h"
#include "support/compare.h"
#include "support/engine.h"
#include "support/temporary.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNITS = 18, LAYERS = 2, LENGTH = 150 };

static const uint32_t codes[] = {CHARNN_SYMBOL_END, 'a', 'b', ' ', 0xE9};
enum { SYMBOLS = sizeof codes / sizeof codes[0] };

struct fixture {
    struct model *model;
    struct vocab *vocab;
    struct corpus *corpus;
    int32_t ids[2 * LENGTH]; /* of the known symbols */
    size_t count;
};

/* Records of one line; Q is out of vocabulary. */
static void fixture_init(struct fixture *f, struct cell_variant variant) {
    struct error error = {0};
    char path[TEMPORARY_PATH];
    const char *const paths[] = {path};
    char text[2 * LENGTH];
    size_t size = 0;
    uint32_t state = 3;
    memset(f, 0, sizeof *f);
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, SYMBOLS, &f->vocab, &error),
                     CHARNN_OK);
    f->ids[f->count++] = vocab_end(f->vocab);
    for (size_t i = 0; i < LENGTH; i++) {
        static const char *const pieces[] = {"a", "b", " ", "\303\251", "Q", "a\n"};
        state = state * 1664525 + 1013904223;
        size_t piece = i + 1 < LENGTH ? (state >> 20) % 6 : 5;
        memcpy(text + size, pieces[piece], strlen(pieces[piece]));
        size += strlen(pieces[piece]);
        if (piece != 4) {
            f->ids[f->count++] = (int32_t)(piece < 4 ? piece + 1 : 1);
        }
        if (piece == 5) {
            f->ids[f->count++] = vocab_end(f->vocab);
        }
    }
    temporary_file(path, text, size);
    const struct corpus_format format = {.encoding = CHARNN_ENCODING_UTF8, .records = "line"};
    ck_assert_int_eq(corpus_open(paths, 1, &format, &f->corpus, &error), CHARNN_OK);
    ck_assert_int_eq(unlink(path), 0);
    struct model_shape shape = {.cell = cell_find(variant.cell),
                                .vocab = SYMBOLS,
                                .hidden = UNITS,
                                .layers = LAYERS,
                                .peephole = variant.peephole};
    model_shape_set_end(&shape, vocab_end(f->vocab));
    ck_assert_int_eq(model_create(&shape, false, &f->model, &error), CHARNN_OK);
    model_initialize(f->model, 0.8, 5);
}

static struct recording *record(const struct fixture *f, struct split part, size_t threads) {
    struct error error = {0};
    struct recording *recording;
    struct recording_plan plan = {
        .model = f->model, .vocab = f->vocab, .corpus = f->corpus, .part = part};
    ck_assert_int_eq(thread_pool_create(threads, &plan.pool, &error), CHARNN_OK);
    ck_assert_int_eq(recording_create(&plan, &recording, &error), CHARNN_OK);
    thread_pool_destroy(plan.pool);
    return recording;
}

static void fixture_deinit(struct fixture *f) {
    corpus_close(f->corpus);
    vocab_destroy(f->vocab);
    model_destroy(f->model);
}

static float value_at(const struct recording *r, struct recording_place place, size_t t) {
    return recording_series(r, recording_index(r, place))[t];
}

static void compare_states(const struct recording *r, const struct network *network, size_t t) {
    float state[UNITS];
    float found[UNITS];
    for (size_t i = 0; i < LAYERS * network_state_kinds(network); i++) {
        struct recording_place place = {.layer = i % LAYERS, .kind = i / LAYERS};
        network_get_state(network, place.layer, (int)place.kind, state);
        for (; place.unit < UNITS; place.unit++) {
            found[place.unit] = value_at(r, place, t);
        }
        assert_same_bits(found, state, UNITS, "state %zu of layer %zu after symbol %zu", place.kind,
                         place.layer, t);
    }
}

/* States have the bits of a network that reads one symbol at a time; the losses those of an exact
 * scorer. */
START_TEST(states_are_those_after_each_symbol) {
    struct fixture f;
    struct network *network;
    struct error error = {0};
    fixture_init(&f, cell_variant_at((size_t)_i));
    const struct split part = {0, corpus_length(f.corpus)};
    struct recording *r = record(&f, part, 2);
    const struct network_plan plan = {.batch = 1, .steps = 1};
    ck_assert_int_eq(network_create(f.model, NULL, &plan, &network, &error), CHARNN_OK);
    ck_assert_uint_eq(r->length, f.count);
    for (size_t t = 0; t < f.count; t++) {
        float nats = 0;
        ck_assert_uint_eq(r->codes[t], codes[f.ids[t]]);
        if (t > 0) {
            network_score(network, &f.ids[t - 1], &f.ids[t], 1, &nats);
        }
        assert_same_bits(&r->nats[t], &nats, 1, "loss of symbol %zu", t);
        if (t > 0) {
            compare_states(r, network, t - 1);
        }
    }
    network_destroy(network);
    recording_destroy(r);
    fixture_deinit(&f);
}
END_TEST

/* h' of the LSTM and the GRU from their gates, as in the equations of nn/cells/cell_*.c. */
START_TEST(gates_are_in_their_places) {
    struct fixture f;
    fixture_init(&f, (struct cell_variant){.cell = _i == 0 ? "lstm" : "gru"});
    struct recording *r = record(&f, (struct split){0, corpus_length(f.corpus)}, 1);
    ck_assert_str_eq(r->names, _i == 0 ? "hcifgo" : "hrzn");
    for (size_t t = 1; t < r->length; t++) {
        float v[6] = {0};
        float before[2] = {0};
        for (size_t kind = 0; kind < r->kinds; kind++) {
            const struct recording_place place = {.layer = 1, .kind = kind, .unit = 7};
            v[kind] = value_at(r, place, t);
            before[kind % 2] = kind < 2 ? value_at(r, place, t - 1) : before[kind % 2];
        }
        bool ends = r->codes[t] == CHARNN_SYMBOL_END; /* the state is zero before */
        float h = ends ? 0 : before[0];
        float c = ends ? 0 : before[1];
        if (_i == 0) {
            ck_assert_float_eq_tol(v[1], v[3] * c + v[2] * v[4], 1e-6F);
        } else {
            ck_assert_float_eq_tol(v[0], (1 - v[2]) * v[3] + v[2] * h, 1e-6F);
        }
    }
    recording_destroy(r);
    fixture_deinit(&f);
}
END_TEST

/* A window more or less, a part that is empty, and one that has only strangers. */
START_TEST(any_length_is_recorded) {
    struct fixture f;
    fixture_init(&f, (struct cell_variant){.cell = "rnn"});
    for (size_t end = 0; end <= 66; end++) {
        struct recording *r = record(&f, (struct split){1, 1 + end}, 1);
        ck_assert_uint_le(r->length, end);
        ck_assert_str_eq(r->names, "h");
        if (r->length > 0) {
            ck_assert_float_eq(r->nats[0], 0);
        }
        recording_destroy(r);
    }
    fixture_deinit(&f);
}
END_TEST

START_TEST(places_and_series_belong_together) {
    const struct recording r = {.layers = 3, .kinds = 4, .units = 5};
    ck_assert_uint_eq(recording_series_count(&r), 60);
    for (size_t i = 0; i < 60; i++) {
        const struct recording_place place = recording_place(&r, i);
        ck_assert(place.layer < 3 && place.kind < 4 && place.unit < 5);
        ck_assert_uint_eq(recording_index(&r, place), i);
    }
    ck_assert_uint_eq(recording_place(&r, 33).layer, 1);
    ck_assert_uint_eq(recording_place(&r, 33).kind, 2);
    ck_assert_uint_eq(recording_place(&r, 33).unit, 3);
}
END_TEST

Suite *recording_suite(void) {
    Suite *suite = suite_create("recording");
    TCase *tcase = tcase_create("recording");
    tcase_add_loop_test(tcase, states_are_those_after_each_symbol, 0, (int)cell_variant_count());
    tcase_add_loop_test(tcase, gates_are_in_their_places, 0, 2);
    tcase_add_test(tcase, any_length_is_recorded);
    tcase_add_test(tcase, places_and_series_belong_together);
    suite_add_tcase(suite, tcase);
    return suite;
}
