/* A comparison, with the probabilities of text/ngrams.h and numbers of a network that are chosen.
 */
#include "infer/inside/comparison.h"
#include "suites.h"
#include "support/temporary.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { LENGTH = 9, LONGEST = 12 };

static uint32_t passage[LENGTH] = {'a', 'b', 'c', 'a', 'b', 'b', 'c', 'a', 'c'};
/* Wrong, right, wrong, ...: probabilities of 0.5 and less are wrong. */
static float nats[LENGTH] = {0, 0.75F, 0.25F, 0.6931472F, 0.125F, 2, 0.5F, 3, 0};

static const struct recording recording = {.length = LENGTH, .codes = passage, .nats = nats};

/* The training text is a part of the file: abcababcabcabb without Q, which the vocabulary lacks. */
static const char text[] = "ccabcQababcabQcabbaa";
static const struct split part = {2, 18};
static const int32_t ids[] = {0, 1, 2, 0, 1, 0, 1, 2, 0, 1, 2, 0, 1, 1, 0, 1, 2, 0, 1, 1, 2, 0, 2};
enum { TRAINING = sizeof ids / sizeof ids[0] - LENGTH };

struct fixture {
    struct vocab *vocab;
    struct corpus *corpus;
};

static void fixture_init(struct fixture *f, const char *training) {
    static const uint32_t codes[] = {'a', 'b', 'c'};
    struct error error = {0};
    char path[TEMPORARY_PATH];
    const char *const paths[] = {path};
    const struct corpus_format format = {.encoding = CHARNN_ENCODING_UTF8};
    temporary_file(path, training, strlen(training));
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, 3, &f->vocab, &error), CHARNN_OK);
    ck_assert_int_eq(corpus_open(paths, 1, &format, &f->corpus, &error), CHARNN_OK);
    ck_assert_int_eq(unlink(path), 0);
}

static void fixture_deinit(struct fixture *f) {
    corpus_close(f->corpus);
    vocab_destroy(f->vocab);
}

static enum status make_for(const struct fixture *f, const struct recording *r,
                            struct split training, double loss, struct comparison *comparison,
                            struct error *error) {
    const struct comparison_plan plan = {.recording = r,
                                         .vocab = f->vocab,
                                         .corpus = f->corpus,
                                         .part = training,
                                         .nats = loss,
                                         .longest = LONGEST};
    ck_assert_uint_gt(comparison_memory(&plan), (TRAINING + LENGTH) * sizeof(int32_t));
    *comparison = (struct comparison){0};
    return comparison_make(&plan, comparison, error);
}

static enum status make(const struct fixture *f, struct split training, double loss,
                        struct comparison *comparison, struct error *error) {
    return make_for(f, &recording, training, loss, comparison, error);
}

/* What the comparison has for one n, by a loop over the probabilities. */
static void compare_model(const struct comparison *c, size_t n, const double *p, bool *right) {
    const struct comparison_model *model = &c->models[n - 1];
    double loss = 0;
    size_t only_network = 0;
    size_t only_model = 0;
    for (size_t t = 1; t < LENGTH; t++) {
        bool network = nats[t] < 0.69F;
        loss -= log(p[t]);
        only_network += network && p[t] <= 0.5;
        only_model += !network && p[t] > 0.5;
        right[t] = right[t] || (n <= 9 && p[t] > 0.5);
    }
    ck_assert_double_eq_tol(model->nats, loss / (LENGTH - 1), 1e-12);
    ck_assert_uint_eq(model->only_network, only_network);
    ck_assert_uint_eq(model->only_model, only_model);
}

START_TEST(models_are_those_of_the_part) {
    struct fixture f;
    struct error error = {0};
    struct comparison c;
    bool right[LENGTH] = {false};
    struct ngrams *ngrams;
    const struct ngrams_plan plan = {.ids = ids,
                                     .training = TRAINING,
                                     .passage = LENGTH,
                                     .vocab = 3,
                                     .end = -1,
                                     .longest = LONGEST};
    fixture_init(&f, text);
    ck_assert_int_eq(make(&f, part, 0.5, &c, &error), CHARNN_OK);
    ck_assert_uint_eq(c.longest, LONGEST);
    ck_assert_uint_eq(c.training, TRAINING);
    ck_assert_mem_eq(c.ids, ids, sizeof ids);
    ck_assert_int_eq(ngrams_create(&plan, &ngrams, &error), CHARNN_OK);
    for (size_t n = 1; n <= LONGEST; n++) {
        compare_model(&c, n, ngrams_next(ngrams), right);
    }
    ck_assert_mem_eq(c.short_right, right, sizeof right);
    ck_assert_uint_gt(c.models[0].only_network, 0);
    ck_assert_uint_gt(c.models[2].only_model, 0);
    ngrams_destroy(ngrams);
    comparison_deinit(&c);
    fixture_deinit(&f);
}
END_TEST

START_TEST(the_smallest_n_that_equals_the_network) {
    struct fixture f;
    struct error error = {0};
    struct comparison c;
    struct comparison_model models[CHARNN_NGRAMS_LONGEST];
    size_t last = 1;
    fixture_init(&f, text);
    ck_assert_int_eq(make(&f, part, 0, &c, &error), CHARNN_OK);
    ck_assert_uint_eq(c.equal, 0);
    memcpy(models, c.models, sizeof models);
    comparison_deinit(&c);
    for (size_t n = 1; n <= LONGEST; n++) {
        size_t wanted = 1;
        while (models[wanted - 1].nats > models[n - 1].nats) {
            wanted++;
        }
        ck_assert_int_eq(make(&f, part, models[n - 1].nats, &c, &error), CHARNN_OK);
        ck_assert_uint_eq(c.equal, wanted);
        last = wanted > last ? wanted : last;
        comparison_deinit(&c);
    }
    ck_assert_uint_gt(last, 1);
    fixture_deinit(&f);
}
END_TEST

/* Nine letters a are between b and c, so that the last symbol is certain from n = 11 on. */
START_TEST(models_above_9_are_not_short) {
    static const char training[] = "baaaaaaaaacaaaaaaaaabaaaaaaaaacaaaaaaaaabaaaaaaaaacaaaaaaaaab";
    uint32_t symbols[] = {'b', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'c'};
    enum { LAST = sizeof symbols / sizeof symbols[0] - 1 };
    float losses[LAST + 1] = {[LAST] = 5};
    const struct recording r = {.length = LAST + 1, .codes = symbols, .nats = losses};
    struct fixture f;
    struct error error = {0};
    struct comparison c;
    fixture_init(&f, training);
    const struct split all = {0, strlen(training)};
    ck_assert_int_eq(make_for(&f, &r, all, 0, &c, &error), CHARNN_OK);
    for (size_t n = 1; n <= LONGEST; n++) {
        ck_assert_uint_eq(c.models[n - 1].only_model, n > 10);
    }
    ck_assert(!c.short_right[LAST]);
    ck_assert(c.short_right[LAST - 1]);
    comparison_deinit(&c);
    fixture_deinit(&f);
}
END_TEST

START_TEST(a_part_without_known_symbols_is_refused) {
    struct fixture f;
    struct error error = {0};
    struct comparison c;
    fixture_init(&f, text);
    ck_assert_int_eq(make(&f, (struct split){5, 6}, 0, &c, &error), CHARNN_ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "has no character of the vocabulary"));
    comparison_deinit(&c);
    fixture_deinit(&f);
}
END_TEST

Suite *comparison_suite(void) {
    Suite *suite = suite_create("comparison");
    TCase *tcase = tcase_create("comparison");
    tcase_add_test(tcase, models_are_those_of_the_part);
    tcase_add_test(tcase, the_smallest_n_that_equals_the_network);
    tcase_add_test(tcase, models_above_9_are_not_short);
    tcase_add_test(tcase, a_part_without_known_symbols_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
