#include "suites.h"
#include "support/temporary.h"

#include "text/batches.h"
#include "text/corpus_vocab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[TEMPORARY_PATH];

static void remove_file(void) {
    (void)unlink(path);
}

/* A corpus and its vocabulary. */
static struct vocab *open_text(const void *text, size_t size, struct corpus **corpus) {
    temporary_file(path, text, size);
    struct error error = {0};
    struct vocab *vocab;
    const char *name = path;
    ck_assert_int_eq(corpus_open(&name, 1,
                                 &(struct corpus_format){.encoding = CHARNN_ENCODING_AUTO}, corpus,
                                 &error),
                     CHARNN_OK);
    ck_assert_int_eq(corpus_build_vocab(*corpus, &vocab, &error), CHARNN_OK);
    return vocab;
}

static struct batches *create(const struct corpus *corpus, const struct vocab *vocab,
                              struct split split, size_t batch, size_t steps) {
    struct error error = {0};
    struct batches *batches;
    enum status status = batches_create(corpus, vocab, split, batch, steps, 1, &batches, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    return batches;
}

/* "abc...": id i at position i. */
START_TEST(test_windows) {
    struct corpus *corpus;
    struct vocab *vocab = open_text("abcdefghijklmnopqrst", 20, &corpus);
    /* 14 symbols from 3: 2 windows of 2 x 3, streams at 3 and 9, 1 symbol left over */
    struct batches *batches = create(corpus, vocab, (struct split){3, 17}, 2, 3);
    ck_assert_uint_eq(batches_windows_per_epoch(batches), 2);
    const int32_t x0[] = {3, 9, 4, 10, 5, 11}, y0[] = {4, 10, 5, 11, 6, 12};
    const int32_t x1[] = {6, 12, 7, 13, 8, 14}, y1[] = {7, 13, 8, 14, 9, 15};
    int32_t x[6], y[6];
    for (int epoch = 0; epoch < 3; epoch++) {
        ck_assert_uint_eq(batches_window(batches), 0);
        ck_assert(batches_next(batches, x, y));
        ck_assert_mem_eq(x, x0, sizeof x);
        ck_assert_mem_eq(y, y0, sizeof y);
        ck_assert_uint_eq(batches_window(batches), 1);
        ck_assert(!batches_next(batches, x, y));
        ck_assert_mem_eq(x, x1, sizeof x);
        ck_assert_mem_eq(y, y1, sizeof y);
    }
    batches_seek(batches, 0, 1);
    ck_assert_uint_eq(batches_window(batches), 1);
    ck_assert(!batches_next(batches, x, y));
    ck_assert_mem_eq(x, x1, sizeof x);
    ck_assert_mem_eq(y, y1, sizeof y);
    ck_assert_uint_eq(batches_window(batches), 0);
    batches_destroy(batches);
    batches_destroy(NULL);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

/* The inputs end before the last symbol of the split, the targets with it. */
START_TEST(test_exact_fit) {
    struct corpus *corpus;
    struct vocab *vocab = open_text("abcdefg", 7, &corpus);
    struct batches *batches = create(corpus, vocab, (struct split){0, 7}, 3, 2);
    ck_assert_uint_eq(batches_windows_per_epoch(batches), 1);
    const int32_t x0[] = {0, 2, 4, 1, 3, 5}, y0[] = {1, 3, 5, 2, 4, 6};
    int32_t x[6], y[6];
    for (int epoch = 0; epoch < 2; epoch++) {
        ck_assert(batches_next(batches, x, y));
        ck_assert_mem_eq(x, x0, sizeof x);
        ck_assert_mem_eq(y, y0, sizeof y);
    }
    batches_destroy(batches);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

/* Of 3 streams, which begin at 3, 7 and 11, the last two. */
START_TEST(test_selected_streams) {
    struct corpus *corpus;
    struct vocab *vocab = open_text("abcdefghijklmnopqrst", 20, &corpus);
    struct batches *batches = create(corpus, vocab, (struct split){3, 17}, 3, 2);
    const int32_t x0[] = {7, 11, 8, 12}, y0[] = {8, 12, 9, 13};
    const int32_t x1[] = {9, 13, 10, 14}, y1[] = {10, 14, 11, 15};
    int32_t x[4], y[4];
    batches_select(batches, 1, 2);
    ck_assert_uint_eq(batches_windows_per_epoch(batches), 2);
    ck_assert(batches_next(batches, x, y));
    ck_assert_mem_eq(x, x0, sizeof x);
    ck_assert_mem_eq(y, y0, sizeof y);
    ck_assert(!batches_next(batches, x, y));
    ck_assert_mem_eq(x, x1, sizeof x);
    ck_assert_mem_eq(y, y1, sizeof y);
    batches_destroy(batches);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

/* Compared with the definition, on symbols of several lengths over several index intervals. */
START_TEST(test_definition) {
    enum { LENGTH = 200003, BEGIN = 17, END = 199990, B = 7, T = 11 };
    uint32_t *codes = malloc(LENGTH * sizeof *codes);
    unsigned char *text = malloc((size_t)LENGTH * CHARNN_SYMBOL_BYTES);
    ck_assert(codes != NULL && text != NULL);
    size_t size = 0;
    for (uint32_t i = 0; i < LENGTH; i++) {
        static const uint32_t bases[] = {'A', 0x430, 0x3041};
        codes[i] = bases[i * i % 7 % 3] + i * 13 % 29;
        size += symbol_encode(codes[i], text + size);
    }
    struct corpus *corpus;
    struct vocab *vocab = open_text(text, size, &corpus);
    struct batches *batches = create(corpus, vocab, (struct split){BEGIN, END}, B, T);
    size_t windows = (END - BEGIN - 1) / (B * T);
    ck_assert_uint_eq(batches_windows_per_epoch(batches), windows);
    int32_t x[T * B], y[T * B];
    size_t wrong = 0;
    for (size_t i = 0; i < windows + 2; i++) {
        size_t window = i % windows;
        ck_assert_uint_eq(batches_window(batches), window);
        ck_assert_int_eq(batches_next(batches, x, y), window == 0);
        for (size_t t = 0; t < T; t++) {
            for (size_t b = 0; b < B; b++) {
                size_t position = BEGIN + b * windows * T + window * T + t;
                wrong += vocab_code(vocab, x[t * B + b]) != codes[position];
                wrong += vocab_code(vocab, y[t * B + b]) != codes[position + 1];
            }
        }
    }
    ck_assert_uint_eq(wrong, 0);
    for (size_t window = 0; window < windows; window += 211) {
        batches_seek(batches, 0, window);
        ck_assert_int_eq(batches_next(batches, x, y), window == 0);
        ck_assert_uint_eq(vocab_code(vocab, x[0]), codes[BEGIN + window * T]);
        ck_assert_uint_eq(vocab_code(vocab, y[T * B - 1]),
                          codes[BEGIN + (B - 1) * windows * T + (window + 1) * T]);
    }
    batches_destroy(batches);
    vocab_destroy(vocab);
    corpus_close(corpus);
    free(text);
    free(codes);
}
END_TEST

static const struct {
    size_t symbols, batch, steps;
    bool changed;
    size_t fit_batch, fit_steps;
} fits[] = {
    {2501, 50, 50, false, 50, 50},
    {2500, 50, 50, true, 49, 50},
    {100, 50, 50, true, 1, 50},
    {51, 50, 50, true, 1, 50},
    {50, 50, 50, true, 1, 49},
    {2, 50, 50, true, 1, 1},
    {2, 1, 1, false, 1, 1},
    {1000000, SIZE_MAX, 50, true, 19999, 50},
    {1000000, 1, SIZE_MAX, true, 1, 999999},
};

START_TEST(test_fit) {
    size_t batch = fits[_i].batch;
    size_t steps = fits[_i].steps;
    ck_assert_int_eq(batches_fit(fits[_i].symbols, &batch, &steps), fits[_i].changed);
    ck_assert_uint_eq(batch, fits[_i].fit_batch);
    ck_assert_uint_eq(steps, fits[_i].fit_steps);
    ck_assert(!batches_fit(fits[_i].symbols, &batch, &steps));
}
END_TEST

static const struct {
    size_t begin, end, batch, steps;
    const char *message;
} refusals[] = {
    {0, 0, 1, 1,
     "the training part of the text has 0 characters, but needs at least 2: give a longer text "
     "or a larger part of it"},
    {4, 5, 50, 50,
     "the training part of the text has 1 character, but needs at least 2: give a longer text "
     "or a larger part of it"},
    {0, 6, 2, 3,
     "the training part of the text has 6 characters, too few for 2 streams of 3: give a "
     "longer text, or fewer or shorter streams"},
    {0, 6, SIZE_MAX, 2,
     "the training part of the text has 6 characters, too few for 18446744073709551615 "
     "streams of 2: give a longer text, or fewer or shorter streams"},
};

START_TEST(test_refused) {
    struct corpus *corpus;
    struct vocab *vocab = open_text("abcdef", 6, &corpus);
    struct error error = {0};
    struct batches *batches;
    struct split split = {refusals[_i].begin, refusals[_i].end};
    ck_assert_int_eq(batches_create(corpus, vocab, split, refusals[_i].batch, refusals[_i].steps, 1,
                                    &batches, &error),
                     CHARNN_ERROR_DATA);
    ck_assert_ptr_null(batches);
    ck_assert_str_eq(error.message, refusals[_i].message);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

START_TEST(test_unknown_symbol) {
    struct corpus *corpus;
    struct vocab *own = open_text("abcdef", 6, &corpus);
    struct error error = {0};
    struct vocab *vocab;
    struct batches *batches;
    const uint32_t codes[] = {'f', 'e', 'd', 'b', 'a'};
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, 5, &vocab, &error), CHARNN_OK);
    ck_assert_int_eq(batches_create(corpus, vocab, (struct split){0, 6}, 1, 2, 1, &batches, &error),
                     CHARNN_ERROR_DATA);
    ck_assert_ptr_null(batches);
    ck_assert_str_eq(error.message, "the text has 1 character the model has not seen: "
                                    "'c' (U+0063); replace it in the text");
    vocab_destroy(vocab);
    vocab_destroy(own);
    corpus_close(corpus);
}
END_TEST

Suite *batches_suite(void) {
    Suite *suite = suite_create("batches");
    TCase *windows = tcase_create("windows");
    tcase_add_checked_fixture(windows, NULL, remove_file);
    tcase_add_test(windows, test_windows);
    tcase_add_test(windows, test_exact_fit);
    tcase_add_test(windows, test_definition);
    tcase_add_test(windows, test_selected_streams);
    suite_add_tcase(suite, windows);
    TCase *limits = tcase_create("limits");
    tcase_add_checked_fixture(limits, NULL, remove_file);
    tcase_add_loop_test(limits, test_fit, 0, (int)(sizeof fits / sizeof fits[0]));
    tcase_add_loop_test(limits, test_refused, 0, (int)(sizeof refusals / sizeof refusals[0]));
    tcase_add_test(limits, test_unknown_symbol);
    suite_add_tcase(suite, limits);
    return suite;
}
