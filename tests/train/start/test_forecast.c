/* Expected losses: those of a text of known entropy, and those that were measured. */
#include "suites.h"
#include "support/golden.h"
#include "support/temporary.h"
#include "text/corpus_vocab.h"
#include "train/start/forecast.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LETTERS = 5, LENGTH = 20000 };

/* What the forecast reads of a text, of which 0.8 are to train. */
static struct forecast_text read_letters(const char *letters, size_t length, double val_frac) {
    const struct corpus_format format = {.encoding = CHARNN_ENCODING_AUTO};
    struct split splits[CHARNN_SPLITS];
    struct error error = {0};
    struct corpus *corpus;
    struct vocab *vocab;
    char path[TEMPORARY_PATH];
    const char *paths[] = {path};
    struct forecast_text text;
    temporary_file(path, letters, length);
    ck_assert_int_eq(corpus_open(paths, 1, &format, &corpus, &error), CHARNN_OK);
    ck_assert_int_eq(corpus_build_vocab(corpus, &vocab, &error), CHARNN_OK);
    corpus_split(corpus, 0.8, val_frac, splits);
    ck_assert_int_eq(forecast_read(corpus, vocab, splits, &text, &error), CHARNN_OK);
    vocab_destroy(vocab);
    corpus_close(corpus);
    unlink(path);
    return text;
}

/* A text in which each letter follows the one before, or with probability 1/3 the one after it: its
 * entropy is H(1/3). */
static struct forecast_text read_chain(size_t length, double val_frac) {
    static char text[LENGTH];
    struct generator generator = {.state = 1};
    for (size_t i = 0, letter = 0; i < length; i++) {
        letter = (letter + 1 + (generator_symbol(&generator, 3) == 0)) % LETTERS;
        text[i] = (char)('a' + letter);
    }
    return read_letters(text, length, val_frac);
}

START_TEST(ngrams_find_the_entropy) {
    const double entropy = log(3) - 2.0 / 3 * log(2);
    ck_assert_double_eq_tol(read_chain(LENGTH, 0.1).ngram_nats, entropy, 0.02);
    ck_assert_double_eq_tol(read_chain(LENGTH, 0.1).bigram_nats, entropy, 0.01);
    ck_assert_double_eq_tol(read_chain(LENGTH, 0).ngram_nats, entropy, 0.02);
    ck_assert(isfinite(read_chain(3, 0.1).ngram_nats));
}
END_TEST

/* Random letters that return after `period`; each 10th period has another first letter. */
static double repeated_after(size_t period) {
    static char text[LENGTH];
    struct generator generator = {.state = 1};
    for (size_t i = 0; i < LENGTH; i++) {
        text[i] = (char)(i < period ? 'a' + generator_symbol(&generator, 26) : text[i - period]);
    }
    for (size_t i = 0; i < LENGTH; i += 10 * period) {
        text[i] = '!';
    }
    return read_letters(text, LENGTH, 0.1).repeated;
}

/* The 2,000 symbols to validate have '!' three times. Each costs itself and the 6 symbols after it,
 * which see it, and the same 7 places a period later. */
START_TEST(repeats_are_within_reach) {
    ck_assert_double_eq(repeated_after(CHARNN_FORECAST_REACH + 1), 0);
    ck_assert_double_eq_tol(repeated_after(80), 1 - 3 * 14 / 2000.0, 1e-12);
}
END_TEST

/* In 1,000 steps all of the gain, in 375 half of it, in 250 none. */
START_TEST(attention_lowers_the_loss_of_texts_that_repeat) {
    static const double parts[][2] = {{1000, 1}, {375, 0.5}, {250, 0}, {10, 0}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct forecast_case about = {.text = {.bigram_nats = 2, .ngram_nats = 1, .repeated = 0.4},
                                      .symbols = 1000000,
                                      .parameters = 100000,
                                      .epochs = 2,
                                      .steps = parts[i][0]};
        double without = forecast_loss(&about);
        about.attention = true;
        ck_assert_double_eq_tol(forecast_loss(&about), without * (1 - 0.2 * parts[i][1]), 1e-12);
    }
}
END_TEST

START_TEST(losses_are_near_the_measured_ones) {
    FILE *file = fopen("models/quality/budget.tsv", "r");
    ck_assert_msg(file != NULL, "run the tests at the top of the source tree");
    char line[256];
    size_t rows = 0;
    double squares = 0;
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file)); /* the names of the columns */
    while (fgets(line, sizeof line, file) != NULL) {
        double values[7]; /* symbols, 2-grams, 4-grams, parameters, epochs, steps, nats */
        char *end = strchr(line, '\t');
        for (size_t i = 0; i < 7; i++) {
            ck_assert_int_eq(*end, '\t');
            values[i] = strtod(end + 1, &end);
        }
        const struct forecast_case about = {.text.bigram_nats = values[1],
                                            .text.ngram_nats = values[2],
                                            .symbols = (size_t)values[0],
                                            .parameters = (size_t)values[3],
                                            .epochs = values[4],
                                            .steps = values[5]};
        double off = forecast_loss(&about) - values[6];
        ck_assert_msg(fabs(off) < 0.15, "%s: %g", line, forecast_loss(&about));
        squares += off * off;
        rows++;
    }
    (void)fclose(file);
    ck_assert_uint_ge(rows, 40);
    ck_assert_double_lt(sqrt(squares / (double)rows), 0.06);
}
END_TEST

Suite *forecast_suite(void) {
    Suite *suite = suite_create("forecast");
    TCase *cases = tcase_create("forecast");
    tcase_add_test(cases, ngrams_find_the_entropy);
    tcase_add_test(cases, repeats_are_within_reach);
    tcase_add_test(cases, attention_lowers_the_loss_of_texts_that_repeat);
    tcase_add_test(cases, losses_are_near_the_measured_ones);
    suite_add_tcase(suite, cases);
    return suite;
}
