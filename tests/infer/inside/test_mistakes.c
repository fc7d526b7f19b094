/* Types of errors, in recordings and training texts that are made for one type each. */
#include "infer/inside/mistakes.h"
#include "suites.h"

#include <math.h>
#include <string.h>

enum { MOST = 6000, SYMBOLS = 13 };

static const uint32_t codes[SYMBOLS] = {' ',
                                        '\n',
                                        '"',
                                        'M',
                                        'a',
                                        'r',
                                        'y',
                                        '1',
                                        '.',
                                        CHARNN_SYMBOL_END,
                                        0xE9,
                                        0x2019,
                                        CHARNN_RAW_BYTE + 0xE9};

/* A recording of which everything is right but the symbols that are made wrong. */
static struct {
    struct recording recording;
    struct comparison comparison;
    struct vocab *vocab;
    uint32_t passage[MOST];
    float nats[MOST];
    bool short_right[MOST];
    int32_t ids[2 * MOST];
} f;

/* Sets the training text and the passage: a character stands for itself, | for the end symbol, é
 * for its code point, ~ for the raw byte. */
static uint32_t symbol(const char **at) {
    unsigned char c = (unsigned char)*(*at)++;
    if (c == 0xC3) {
        (*at)++;
        return 0xE9;
    }
    return c == '|' ? CHARNN_SYMBOL_END : c == '~' ? CHARNN_RAW_BYTE + 0xE9 : c == '`' ? 0x2019 : c;
}

static void set_texts(const char *training, const char *passage) {
    struct error error = {0};
    vocab_destroy(f.vocab);
    memset(&f, 0, sizeof f);
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, SYMBOLS, &f.vocab, &error),
                     CHARNN_OK);
    while (*training != '\0') {
        f.ids[f.comparison.training++] = vocab_find(f.vocab, symbol(&training));
    }
    while (*passage != '\0') {
        size_t t = f.recording.length++;
        f.passage[t] = symbol(&passage);
        f.ids[f.comparison.training + t] = vocab_find(f.vocab, f.passage[t]);
    }
    f.recording.codes = f.passage;
    f.recording.nats = f.nats;
    f.comparison.ids = f.ids;
    f.comparison.short_right = f.short_right;
}

static void make_wrong(size_t t, double probability) {
    f.nats[t] = (float)-log(probability);
}

static struct mistakes find(void) {
    struct mistakes mistakes;
    struct error error = {0};
    ck_assert_int_eq(mistakes_find(&f.recording, &f.comparison, f.vocab, &mistakes, &error),
                     CHARNN_OK);
    return mistakes;
}

/* The type of the only error, symbol t with that probability. */
static const char *type_of(size_t t, double probability) {
    make_wrong(t, probability);
    const struct mistakes mistakes = find();
    const char *label = NULL;
    ck_assert_uint_eq(mistakes.errors, 1);
    for (size_t i = 0; i < CHARNN_MISTAKE_COUNT; i++) {
        if (mistakes.types[i].count == 1) {
            ck_assert_uint_eq(mistakes.types[i].examples[0], t);
            ck_assert_uint_eq(mistakes.types[i].example_count, 1);
            label = mistake_names[i].label;
        }
    }
    f.nats[t] = 0;
    ck_assert_ptr_nonnull(label);
    return label;
}

#define COMMON "Mary Mary Mary Mary Mary Mary Mar" /* six times and a part */

/* How far a word looks back: from its start to the start of the letters. */
START_TEST(memory_by_distance) {
    static const struct {
        size_t distance;
        const char *type;
    } rows[] = {{4, "memory 100"},     {100, "memory 100"},   {101, "memory 500"},
                {500, "memory 500"},   {501, "memory 1000"},  {1000, "memory 1000"},
                {1001, "memory 5000"}, {5000, "memory 5000"}, {5001, "the rest"}};
    static char passage[MOST];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(passage, ' ', sizeof passage);
        memcpy(passage + 7, "Mary", 4);
        memcpy(passage + 7 + rows[i].distance, "Mary", 5);
        if (rows[i].distance == 4) { /* letters in a row in a longer word: MaryMary Mary */
            memcpy(passage + 11, "ar Mary", 8);
        }
        set_texts(COMMON, passage);
        ck_assert_str_eq(type_of(f.recording.length - 2, 0.05), rows[i].type);
        ck_assert_str_eq(type_of(f.recording.length - 4, 0.05), "after a space");
    }
    set_texts(COMMON, "|Mary|Mary");
    ck_assert_str_eq(type_of(8, 0.05), "the rest");
}
END_TEST

START_TEST(words_by_their_count) {
    static const struct {
        const char *training, *type;
    } rows[] = {{"Mar Maryy éMary Mary1 ", "new word"},
                {"\"Mary.", "rare word"},
                {"Mary\nMary Mary.Mary Mary", "rare word"},
                {COMMON, "boost 0.1"},
                {"|Mary|Mary|Mary|Mary|Mary|Mary|", "boost 0.1"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_texts(rows[i].training, ". Mary");
        ck_assert_str_eq(type_of(3, 0.45), rows[i].type);
    }
    /* Digits, other letters and raw bytes are of a word. */
    set_texts(COMMON, "a Maryé a Mary1 a ~Mary");
    ck_assert_str_eq(type_of(4, 0.45), "new word");
    ck_assert_str_eq(type_of(13, 0.45), "new word");
    ck_assert_str_eq(type_of(20, 0.45), "new word");
}
END_TEST

START_TEST(types_by_what_is_around) {
    static const struct {
        const char *passage;
        double probability;
        const char *type;
    } rows[] = {
        {"y M", 0.01, "after a space"},  {"y\nM", 0.01, "after a space"},
        {"y\"M", 0.01, "after a space"}, {"y`M", 0.01, "after a space"},
        {"y|M", 0.01, "after a space"},  {"y .", 0.01, "after a space"},
        {"y.", 0.01, "punctuation"},     {"y\"", 0.45, "punctuation"},
        {"y ", 0.41, "boost 0.1"},       {"y ", 0.39, "boost 0.2"},
        {"y ", 0.29, "boost 0.3"},       {"y ", 0.19, "boost 0.4"},
        {"y ", 0.09, "the rest"},        {"y\n", 0.01, "the rest"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_texts("M M M M M M", rows[i].passage);
        ck_assert_str_eq(type_of(f.recording.length - 1, rows[i].probability), rows[i].type);
        f.short_right[f.recording.length - 1] = true;
        ck_assert_str_eq(type_of(f.recording.length - 1, rows[i].probability), "n-gram");
    }
}
END_TEST

/* A probability above 0.5 is right; examples are the worst three, worst first. */
START_TEST(examples_are_the_worst) {
    set_texts("", "y. . . . . . ");
    static const double probabilities[] = {0.3, 0.1, 0.4, 0.2, 0.51, 0.15};
    for (size_t i = 0; i < 6; i++) {
        make_wrong(2 * i + 1, probabilities[i]);
    }
    const struct mistakes mistakes = find();
    ck_assert_uint_eq(mistakes.errors, 5);
    const struct mistake *type = &mistakes.types[CHARNN_MISTAKE_WORD_START];
    ck_assert_uint_eq(mistakes.types[CHARNN_MISTAKE_PUNCTUATION].count, 1);
    ck_assert_uint_eq(type->count, 4);
    ck_assert_uint_eq(type->example_count, CHARNN_MISTAKE_EXAMPLES);
    ck_assert_uint_eq(type->examples[0], 3);
    ck_assert_uint_eq(type->examples[1], 11);
    ck_assert_uint_eq(type->examples[2], 7);
    ck_assert_double_eq_tol(mistakes_share(&mistakes, CHARNN_MISTAKE_WORD_START), 0.8, 1e-15);
    const struct mistakes none = {0};
    ck_assert_double_eq(mistakes_share(&none, CHARNN_MISTAKE_REST), 0);
}
END_TEST

static void deinit(void) {
    vocab_destroy(f.vocab);
    f.vocab = NULL;
}

Suite *mistakes_suite(void) {
    Suite *suite = suite_create("mistakes");
    TCase *tcase = tcase_create("mistakes");
    tcase_add_checked_fixture(tcase, NULL, deinit);
    tcase_add_test(tcase, memory_by_distance);
    tcase_add_test(tcase, words_by_their_count);
    tcase_add_test(tcase, types_by_what_is_around);
    tcase_add_test(tcase, examples_are_the_worst);
    suite_add_tcase(suite, tcase);
    return suite;
}
