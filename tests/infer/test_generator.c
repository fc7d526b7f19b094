/* The generator, compared with a network that runs step by step. */
#include "infer/generator.h"
#include "kernels/dispatch.h"
#include "nn/network.h"
#include "suites.h"
#include "support/kernel_sets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 150, MODEL_SEED = 3 };

struct fixture {
    struct thread_pool *pool;
    struct model *model;
    struct vocab *vocab;
};

/* A vocabulary of letters, and a newline after them if wanted. */
static void fixture_init_of_size(struct fixture *f, const char *cell, size_t hidden, bool newline,
                                 size_t threads) {
    struct error error = {0};
    uint32_t codes[12] = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', '\n'};
    size_t symbols = newline ? 12 : 11;
    struct model_shape shape = {
        .cell = cell_find(cell), .vocab = symbols, .hidden = hidden, .layers = 2};
    ck_assert_int_eq(thread_pool_create(threads, &f->pool, &error), CHARNN_OK);
    ck_assert_int_eq(model_create(&shape, false, &f->model, &error), CHARNN_OK);
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, symbols, &f->vocab, &error),
                     CHARNN_OK);
    model_initialize(f->model, 0.7, MODEL_SEED);
}

static void fixture_init(struct fixture *f, const char *cell, bool newline, size_t threads) {
    fixture_init_of_size(f, cell, 24, newline, threads);
}

static void fixture_deinit(struct fixture *f) {
    vocab_destroy(f->vocab);
    model_destroy(f->model);
    thread_pool_destroy(f->pool);
}

static const struct sampler_settings argmax = {.temperatures = {1, {1}}, .argmax = true};

static struct generator *create_streams(struct fixture *f, const struct sampler_settings *settings,
                                        size_t streams) {
    struct error error = {0};
    struct generator *generator;
    enum status status =
        generator_create(f->model, f->vocab, f->pool, settings, streams, &generator, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    return generator;
}

static struct generator *create(struct fixture *f, const struct sampler_settings *settings) {
    return create_streams(f, settings, 1);
}

static void generate(struct generator *generator, size_t count, int32_t *ids) {
    struct error error = {0};
    for (size_t i = 0; i < count; i++) {
        ids[i] = -1;
        ck_assert_int_eq(generator_write(generator, 1, &ids[i], &error), CHARNN_OK);
    }
}

/* What a new generator of this seed writes. */
static void generate_new(struct fixture *f, uint64_t seed, const int32_t *prime, size_t prime_count,
                         size_t count, int32_t *ids) {
    struct sampler_settings settings = {.temperatures = {1, {1}}, .seed = seed};
    struct generator *generator = create(f, &settings);
    generator_prime(generator, prime, prime_count);
    generate(generator, count, ids);
    generator_destroy(generator);
}

/* argmax by its definition, one step at a time. */
static void naive_argmax(struct fixture *f, const int32_t *prime, size_t prime_count, size_t count,
                         int32_t *ids) {
    struct error error = {0};
    struct network *network;
    struct network_plan plan = {.batch = 1, .steps = 1};
    ck_assert_int_eq(network_create(f->model, f->pool, &plan, &network, &error), CHARNN_OK);
    for (size_t i = 0; i < prime_count; i++) {
        network_forward(network, &prime[i], 1);
    }
    for (size_t i = 0; i < count; i++) {
        const float *logits = network_logits(network, 0);
        ids[i] = 0;
        for (size_t v = 1; v < f->model->shape.vocab; v++) {
            if (logits[v] > logits[ids[i]]) {
                ids[i] = (int32_t)v;
            }
        }
        network_forward(network, &ids[i], 1);
    }
    network_destroy(network);
}

static void fill_prime(int32_t *ids, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ids[i] = (int32_t)((i * i + i / 3) % 11);
    }
}

START_TEST(continues_the_prime) {
    static const size_t counts[] = {1, 2, 63, 64, 65, 128, 129};
    static const char *const cells[] = {"lstm", "gru", "rnn"};
    for (size_t c = 0; c < 3; c++) {
        struct fixture f;
        fixture_init(&f, cells[c], true, 1);
        int32_t prime[129];
        fill_prime(prime, 129);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            int32_t expected[TEXT];
            int32_t got[TEXT];
            naive_argmax(&f, prime, counts[i], TEXT, expected);
            struct generator *generator = create(&f, &argmax);
            generator_prime(generator, prime, counts[i]);
            generate(generator, TEXT, got);
            ck_assert_mem_eq(got, expected, sizeof got);
            generator_destroy(generator);
        }
        fixture_deinit(&f);
    }
}
END_TEST

START_TEST(prime_in_pieces_is_the_same) {
    struct fixture f;
    fixture_init(&f, "lstm", true, 1);
    int32_t prime[129];
    int32_t whole[TEXT];
    int32_t pieces[TEXT];
    fill_prime(prime, 129);
    generate_new(&f, 5, prime, 129, TEXT, whole);
    struct sampler_settings settings = {.temperatures = {1, {1}}, .seed = 5};
    struct generator *generator = create(&f, &settings);
    static const size_t ends[] = {0, 1, 1, 70, 128, 129};
    for (size_t i = 0, begin = 0; i < sizeof ends / sizeof ends[0]; i++) {
        generator_prime(generator, prime + begin, ends[i] - begin);
        begin = ends[i];
    }
    generate(generator, TEXT, pieces);
    ck_assert_mem_eq(pieces, whole, sizeof whole);
    generator_destroy(generator);
    fixture_deinit(&f);
}
END_TEST

/* Symbols that were written have been read, too. */
START_TEST(prime_after_writing) {
    struct fixture f;
    fixture_init(&f, "gru", true, 1);
    int32_t prime[7] = {1, 2, 3};
    int32_t expected[20];
    int32_t got[20];
    naive_argmax(&f, prime, 3, 2, prime + 3);
    prime[5] = 8;
    prime[6] = 9;
    naive_argmax(&f, prime, 7, 20, expected);
    struct generator *generator = create(&f, &argmax);
    generator_prime(generator, prime, 3);
    generate(generator, 2, got);
    ck_assert_mem_eq(got, prime + 3, 2 * sizeof got[0]);
    generator_prime(generator, prime + 5, 2);
    generate(generator, 20, got);
    ck_assert_mem_eq(got, expected, sizeof got);
    generator_destroy(generator);
    fixture_deinit(&f);
}
END_TEST

START_TEST(starts_after_a_newline) {
    struct fixture f;
    fixture_init(&f, "lstm", true, 1);
    static const int32_t newline[1] = {11};
    int32_t expected[TEXT];
    int32_t got[TEXT];
    generate_new(&f, 9, newline, 1, TEXT, expected);
    generate_new(&f, 9, NULL, 0, TEXT, got);
    ck_assert_mem_eq(got, expected, sizeof got);
    fixture_deinit(&f);
}
END_TEST

/* Without a newline, each symbol comes first about equally often over many seeds. */
START_TEST(starts_with_any_symbol) {
    struct fixture f;
    fixture_init(&f, "lstm", false, 1);
    enum { SEEDS = 2200 };
    size_t counts[11] = {0};
    struct generator *generator = create(&f, &argmax);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        int32_t got[3];
        int32_t expected[2];
        generator_restart(generator, seed, 0, 1);
        generate(generator, 3, got);
        ck_assert(got[0] >= 0 && got[0] < 11);
        counts[got[0]]++;
        if (seed < 50) {
            naive_argmax(&f, got, 1, 2, expected);
            ck_assert_mem_eq(got + 1, expected, sizeof expected);
        }
    }
    for (size_t i = 0; i < 11; i++) { /* mean 200, standard deviation 13.5 */
        ck_assert_uint_gt(counts[i], 140);
        ck_assert_uint_lt(counts[i], 260);
    }
    generator_destroy(generator);
    fixture_deinit(&f);
}
END_TEST

START_TEST(depends_on_the_seed_alone) {
    int32_t first[TEXT];
    int32_t again[TEXT];
    for (size_t threads = 1; threads <= 3; threads++) {
        struct fixture f;
        fixture_init(&f, "lstm", true, threads);
        generate_new(&f, 1, NULL, 0, TEXT, threads == 1 ? first : again);
        if (threads > 1) {
            ck_assert_mem_eq(again, first, sizeof first);
        }
        generate_new(&f, 2, NULL, 0, TEXT, again);
        ck_assert_mem_ne(again, first, sizeof first);
        fixture_deinit(&f);
    }
}
END_TEST

START_TEST(restart_forgets_and_sees_new_weights) {
    struct fixture f;
    fixture_init(&f, "lstm", true, 1);
    int32_t before[TEXT];
    int32_t after[TEXT];
    int32_t got[TEXT];
    generate_new(&f, 4, NULL, 0, TEXT, before);
    struct sampler_settings settings = {.temperatures = {1, {1}}, .seed = 77};
    struct generator *generator = create(&f, &settings);
    generate(generator, 10, got);
    generator_restart(generator, 4, 0, 1);
    generate(generator, TEXT, got);
    ck_assert_mem_eq(got, before, sizeof got);
    model_initialize(f.model, 0.7, MODEL_SEED + 1);
    generator_restart(generator, 4, 0, 1);
    generate(generator, TEXT, got);
    generate_new(&f, 4, NULL, 0, TEXT, after);
    ck_assert_mem_eq(got, after, sizeof got);
    ck_assert_mem_ne(after, before, sizeof after);
    generator_destroy(generator);
    generator_destroy(NULL);
    fixture_deinit(&f);
}
END_TEST

/* --- many texts at once --------------------------------------------------------------------- */

enum { TEXTS = 70, FEW_TEXTS = 18, SHORT_TEXT = 40, TEXTS_SEED = 6 };

/* The first `text_count` texts of the seed, each written alone. */
static void generate_alone(struct fixture *f, const int32_t *prime, size_t prime_count,
                           size_t text_count, int32_t texts[TEXTS][SHORT_TEXT]) {
    const struct sampler_settings settings = {.temperatures = {1, {1}}, .seed = TEXTS_SEED};
    struct generator *generator = create(f, &settings);
    for (size_t i = 0; i < text_count; i++) {
        generator_restart(generator, TEXTS_SEED, (uint32_t)i, 1);
        generator_prime(generator, prime, prime_count);
        generate(generator, SHORT_TEXT, texts[i]);
    }
    generator_destroy(generator);
}

/* Compares the next symbols of texts `first` and following, written in up to `steps_most` steps at
 * once, with texts written alone. */
static void check_group(struct generator *generator, int32_t texts[TEXTS][SHORT_TEXT], size_t first,
                        size_t count, size_t length, size_t steps_most) {
    size_t steps;
    for (size_t begin = 0; begin < length; begin += steps) {
        struct error error = {0};
        static int32_t ids[TEXTS * SHORT_TEXT + 1];
        steps = length - begin < steps_most ? length - begin : steps_most;
        ids[steps * count] = 77;
        ck_assert_int_eq(generator_write(generator, steps, ids, &error), CHARNN_OK);
        for (size_t i = 0; i < steps * count; i++) {
            size_t text = first + i % count;
            size_t t = begin + i / count;
            assert_each(ids[i] == texts[text][t], "symbol %zu of text %zu", t, text);
        }
        ck_assert_int_eq(ids[steps * count], 77);
    }
}

/* In groups of `streams` texts; in the last group streams may be idle. */
static void check_groups(struct fixture *f, size_t streams, const int32_t *prime,
                         size_t prime_count, size_t text_count, int32_t texts[TEXTS][SHORT_TEXT]) {
    const struct sampler_settings settings = {.temperatures = {1, {1}}, .seed = TEXTS_SEED};
    struct generator *generator = create_streams(f, &settings, streams);
    for (size_t first = 0; first < text_count; first += streams) {
        size_t count = text_count - first < streams ? text_count - first : streams;
        if (first > 0) {
            generator_restart(generator, TEXTS_SEED, (uint32_t)first, count);
        }
        generator_prime(generator, prime, prime_count / 2);
        generator_prime(generator, prime + prime_count / 2, prime_count - prime_count / 2);
        check_group(generator, texts, first, count, SHORT_TEXT, 1 + streams % 17);
    }
    generator_destroy(generator);
}

START_TEST(texts_do_not_depend_on_their_group) {
    ck_assert_int_eq(setenv("CHARNN_KERNELS", kernels_table[_i]->name, 1), 0);
    static const char *const cells[] = {"lstm", "gru", "rnn"};
    static const size_t streams[] = {1, 2, 3, 17, 64, TEXTS};
    for (size_t c = 0; c < 3; c++) {
        static int32_t texts[TEXTS][SHORT_TEXT];
        int32_t prime[70];
        struct fixture f;
        size_t prime_count = c == 0 ? 70 : c == 1 ? 1 : 0;
        fill_prime(prime, 70);
        fixture_init(&f, cells[c], c != 1, 1);
        generate_alone(&f, prime, prime_count, TEXTS, texts);
        ck_assert_mem_ne(texts[0], texts[1], sizeof texts[0]);
        fixture_deinit(&f);
        for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
            fixture_init(&f, cells[c], c != 1, 1 + i % 3);
            check_groups(&f, streams[i], prime, prime_count, TEXTS, texts);
            fixture_deinit(&f);
        }
    }
}
END_TEST

/* Without a newline even the first symbols differ. */
START_TEST(starts_do_not_depend_on_the_group) {
    static int32_t texts[TEXTS][SHORT_TEXT];
    for (int newline = 0; newline < 2; newline++) {
        static const int32_t none[1];
        struct fixture f;
        fixture_init(&f, "lstm", newline == 1, 2);
        generate_alone(&f, none, 0, TEXTS, texts);
        check_groups(&f, 64, none, 0, TEXTS, texts);
        fixture_deinit(&f);
    }
}
END_TEST

/* A network larger than the processor's cache is common to all threads; they share its columns if
 * there are few streams. */
START_TEST(large_models_share_a_network) {
    static int32_t texts[TEXTS][SHORT_TEXT];
    static const int32_t prime[2] = {7, 3};
    static const struct {
        size_t streams, texts, threads;
    } groups[] = {{1, 2, 2}, {4, 5, 3}, {4, 5, 8}, {17, FEW_TEXTS, 2}};
    struct fixture f;
    fixture_init_of_size(&f, "gru", 450, true, 1);
    generate_alone(&f, prime, 2, FEW_TEXTS, texts);
    fixture_deinit(&f);
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        fixture_init_of_size(&f, "gru", 450, true, groups[i].threads);
        check_groups(&f, groups[i].streams, prime, 2, groups[i].texts, texts);
        fixture_deinit(&f);
    }
}
END_TEST

START_TEST(restart_forgets_many_texts) {
    static int32_t texts[TEXTS][SHORT_TEXT];
    static const int32_t prime[3] = {4, 2, 0};
    struct fixture f;
    fixture_init(&f, "lstm", true, 2);
    generate_alone(&f, prime, 3, TEXTS, texts);
    const struct sampler_settings settings = {.temperatures = {1, {1}}, .seed = 99};
    struct generator *generator = create_streams(&f, &settings, 8);
    int32_t ids[8];
    struct error error = {0};
    ck_assert_int_eq(generator_write(generator, 1, ids, &error), CHARNN_OK);
    static const struct {
        uint32_t first;
        size_t count, length;
    } groups[] = {{60, 8, 5}, {0, 1, 7}, {3, 5, SHORT_TEXT}, {1, 8, 2}};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        generator_restart(generator, TEXTS_SEED, groups[i].first, groups[i].count);
        generator_prime(generator, prime, 3);
        check_group(generator, texts, groups[i].first, groups[i].count, groups[i].length, 4);
    }
    model_initialize(f.model, 0.7, MODEL_SEED + 1);
    generate_alone(&f, prime, 3, TEXTS, texts);
    generator_restart(generator, TEXTS_SEED, 2, 8);
    generator_prime(generator, prime, 3);
    check_group(generator, texts, 2, 8, SHORT_TEXT, SHORT_TEXT);
    generator_destroy(generator);
    fixture_deinit(&f);
}
END_TEST

START_TEST(memory_is_that_of_the_network) {
    struct fixture f;
    fixture_init(&f, "gru", true, 1);
    struct network_plan one = {.batch = 1, .steps = 1};
    size_t memory = generator_memory(f.model, 1, 1);
    ck_assert_uint_gt(memory, network_memory(f.model, &one, 1) + 12 * sizeof(float));
    ck_assert_uint_lt(memory, 64 * network_memory(f.model, &one, 1));
    fixture_deinit(&f);
}
END_TEST

/* What a text alone of that number writes after the prime, and its nats by their definition. */
static void write_alone(struct fixture *f, uint32_t number, const int32_t *prime, size_t count,
                        int32_t text[SHORT_TEXT], double nats[SHORT_TEXT]) {
    const struct sampler_settings settings = {.temperatures = {1, {0.7}}, .seed = TEXTS_SEED};
    struct generator *generator = create(f, &settings);
    struct error error = {0};
    struct network *network;
    struct network_plan plan = {.batch = 1, .steps = 1};
    generator_restart(generator, TEXTS_SEED, number, 1);
    generator_prime(generator, prime, count);
    generate(generator, SHORT_TEXT, text);
    generator_destroy(generator);
    ck_assert_int_eq(network_create(f->model, f->pool, &plan, &network, &error), CHARNN_OK);
    const int32_t newline = 11;
    bool starts = count == 0 && vocab_size(f->vocab) == 12;
    for (size_t i = 0; i < count; i++) {
        network_forward(network, &prime[i], 1);
    }
    if (starts) {
        network_forward(network, &newline, 1);
    }
    for (size_t t = 0; t < SHORT_TEXT; t++) {
        const float *logits = network_logits(network, 0);
        double sum = 0;
        for (size_t v = 0; v < vocab_size(f->vocab); v++) {
            sum += exp((double)logits[v]);
        }
        bool scored = t > 0 || starts || count > 0;
        nats[t] = scored ? log(sum) - (double)logits[text[t]] : 0;
        network_forward(network, &text[t], 1);
    }
    network_destroy(network);
}

/* Stream i reads i * 3 % 10 symbols, so some write while others read. */
static void check_own_primes(struct fixture *f, size_t streams, size_t steps_most) {
    enum { MOST = 9 };
    const struct sampler_settings settings = {.temperatures = {1, {0.7}}, .seed = TEXTS_SEED};
    struct generator *generator = create_streams(f, &settings, streams);
    int32_t prime[MOST];
    static int32_t ids[TEXTS * TEXT];
    static double nats[TEXTS * TEXT];
    size_t all = SHORT_TEXT + MOST + 2;
    struct error error = {0};
    fill_prime(prime, MOST);
    generator_restart(generator, TEXTS_SEED, 0, streams);
    for (size_t i = 0; i < streams; i++) {
        generator_start_text(generator, i, (uint32_t)(5 * i + 2), prime, i * 3 % 10);
    }
    for (size_t done = 0; done < all; done += steps_most) {
        size_t steps = all - done < steps_most ? all - done : steps_most;
        ck_assert_int_eq(generator_write_scored(generator, steps, ids + done * streams,
                                                nats + done * streams, &error),
                         CHARNN_OK);
    }
    for (size_t i = 0; i < streams; i++) {
        int32_t text[SHORT_TEXT];
        double expected[SHORT_TEXT];
        size_t t = 0;
        size_t count = i * 3 % 10;
        size_t reads = count > 0 || vocab_size(f->vocab) < 12 ? count : 1;
        write_alone(f, (uint32_t)(5 * i + 2), prime, count, text, expected);
        for (; t < reads; t++) {
            ck_assert_int_eq(ids[t * streams + i], -1);
        }
        for (size_t j = 0; j < SHORT_TEXT; j++, t++) {
            assert_each(ids[t * streams + i] == text[j], "symbol %zu of text %zu", j, i);
            assert_each(fabs(nats[t * streams + i] - expected[j]) < 1e-5,
                        "nats of symbol %zu of text %zu", j, i);
        }
    }
    generator_destroy(generator);
}

START_TEST(texts_may_have_their_own_primes) {
    static const size_t streams[] = {1, 2, 13, 40};
    for (size_t i = 0; i < 11; i++) {
        struct fixture f;
        size_t hidden = i < 8 ? 24 : 400; /* the large one is common to the threads */
        fixture_init_of_size(&f, i % 3 == 0 ? "gru" : "lstm", hidden, i % 2 == 0, 1 + i % 3);
        check_own_primes(&f, streams[i < 8 ? i / 2 : i - 8], 1 + i % 5);
        fixture_deinit(&f);
    }
}
END_TEST

/* At the first symbol, or at the second if the first is drawn without the model. */
START_TEST(unusable_weights_are_an_error) {
    for (size_t i = 0; i < 8; i++) {
        size_t streams = 1 + i / 2;
        struct fixture f;
        fixture_init(&f, "lstm", i % 2 == 0, 1 + i % 3);
        const struct parameter *bias = model_decoder_bias(f.model);
        f.model->parameters.values[bias->offset + 3] = NAN;
        struct generator *generator = create_streams(&f, &argmax, streams);
        struct error error = {0};
        int32_t ids[4 * 5];
        ck_assert_int_eq(generator_write(generator, 5, ids, &error), CHARNN_ERROR_DATA);
        ck_assert_int_eq(error.status, CHARNN_ERROR_DATA);
        ck_assert_ptr_nonnull(strstr(error.message, "the logit of symbol 3 is"));
        f.model->parameters.values[bias->offset + 3] = 0;
        generator_restart(generator, 1, 0, streams);
        ck_assert_int_eq(generator_write(generator, 5, ids, &error), CHARNN_OK);
        generator_destroy(generator);
        fixture_deinit(&f);
    }
}
END_TEST

START_TEST(refuses_more_streams_than_memory) {
    struct fixture f;
    fixture_init(&f, "lstm", true, 1);
    static const size_t streams[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 20};
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        struct error error = {0};
        struct generator *generator = (void *)&error;
        enum status status =
            generator_create(f.model, f.vocab, f.pool, &argmax, streams[i], &generator, &error);
        ck_assert_int_eq(status, CHARNN_ERROR_MEMORY);
        ck_assert_ptr_null(generator);
    }
    fixture_deinit(&f);
}
END_TEST

Suite *generator_suite(void) {
    Suite *suite = suite_create("generator");
    TCase *texts = tcase_create("texts");
    tcase_add_test(texts, continues_the_prime);
    tcase_add_test(texts, prime_in_pieces_is_the_same);
    tcase_add_test(texts, prime_after_writing);
    tcase_add_test(texts, starts_after_a_newline);
    tcase_add_test(texts, starts_with_any_symbol);
    tcase_add_test(texts, depends_on_the_seed_alone);
    tcase_add_test(texts, restart_forgets_and_sees_new_weights);
    tcase_add_test(texts, memory_is_that_of_the_network);
    suite_add_tcase(suite, texts);

    TCase *many = tcase_create("many texts");
    kernel_sets_add_test(many, texts_do_not_depend_on_their_group);
    tcase_add_test(many, starts_do_not_depend_on_the_group);
    tcase_add_test(many, large_models_share_a_network);
    tcase_add_test(many, texts_may_have_their_own_primes);
    tcase_add_test(many, restart_forgets_many_texts);
    tcase_add_test(many, refuses_more_streams_than_memory);
    tcase_add_test(many, unusable_weights_are_an_error);
    suite_add_tcase(suite, many);
    return suite;
}
