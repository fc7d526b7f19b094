#include "suites.h"
#include "support/temporary.h"
#include "text/batches.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"
#include "text/records.h"
#include "text/shuffle.h"
#include "text/split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the rules --------------------------------------------------------------------------------
 */

/* A text and its records, with '|' after each. */
static const struct {
    const char *rule, *text, *records;
    bool joined;
} separations[] = {
    {"line", "", "", false},
    {"line", "\n\r\n\n", "", false},
    {"line", "a\nbc\n", "a|bc|", false},
    {"line", "\na\n\n\nbc", "a|bc|", false},
    {"line", "a\r\nb\rc\r\n", "a|b\rc|", false},
    {"line", "a\r", "a\r|", false},
    {"line", " \na", " |a|", false},
    {"blank", "", "", false},
    {"blank", "\n \n\t\n", "", false},
    {"blank", "a", "a|", false},
    {"blank", "a\n", "a|", false},
    {"blank", "a\nb\n\nc\n", "a\nb|c|", false},
    {"blank", "\n\na\n \t\n\n  b\nc\n\n\n", "a|  b\nc|", false},
    {"blank", "a\r\nb\r\n\r\nc\r\n", "a\r\nb|c|", false},
    {"blank", "a\n\n \nb\n ", "a|b|", false},
    {"%%", "", "", false},
    {"%%", "%%%%", "", false},
    {"%%", "a%%b%%%%c%", "a|b|c%|", false},
    {"%%", "a%b%", "a%b%|", false},
    {"%%", "a\n%%\nb\n", "a\n|\nb\n|", false},
    {"\n%\n", "a\n%\nb\nc\n%\n\n", "a|b\nc|", false},
    {"\n%\n", "a\n%\nb\n", "a|b|", false},
    {"\n%\n", "a\n%", "a\n%|", false},
    {"aab", "aaabaab", "a|", false},
    {"END", "xEND", "x|", false},
    {"\n%\n", "%\na\n%\n%\nb\n%\n%\n", "a|b|", false},
    {"\n%\n", "%a\n%\n%%\n", "%a|%%|", false},
    {"\n%\n", "a\r\n%\r\nb\r\n", "a\r\n%\r\nb\r|", false},
    {"\n%\n", "a\r\n%\r\nb\n%\nc\r\n", "a|b|c|", true},
    {"\n%\n", "%\r\na\r\n%\r\n%\r\n", "a|", true},
    {"%\n", "a%\r\nb\r%\n", "a|b\r|", true},
    {"\n\n\n", "\n\n\na\n\n\n\n\n\nb\n\n\n\n\nc\n\n\n\nd", "a|b|c|\nd|", false},
    {"\n\r", "a\n\r\nb\n\rc", "a\n\r\nb|c|", true},
    {"\r\n", "a\r\nb\nc\r\r\nd", "a|b\nc|d|", true},
    {"\n", "\n\na\n", "a|", false},
};

START_TEST(separates) {
    const char *text = separations[_i].text;
    char found[64] = "";
    size_t offset = 0;
    size_t begin;
    size_t end;
    while (records_next(separations[_i].rule, separations[_i].joined, (const unsigned char *)text,
                        strlen(text), &offset, &begin, &end)) {
        ck_assert_uint_lt(begin, end);
        ck_assert_uint_le(end, offset);
        strncat(found, text + begin, end - begin);
        strcat(found, "|");
    }
    ck_assert_str_eq(found, separations[_i].records);
    ck_assert_uint_eq(offset, strlen(text));
}
END_TEST

/* ---- a corpus of them -------------------------------------------------------------------------
 */

static char paths[2][TEMPORARY_PATH];
static const char *names[2];
static size_t file_count;

static void add_text(const char *text) {
    char *path = paths[file_count];
    temporary_file(path, text, strlen(text));
    names[file_count++] = path;
}

static void remove_files(void) {
    while (file_count > 0) {
        (void)unlink(paths[--file_count]);
    }
}

static struct corpus *open_records(struct corpus_format format, struct vocab **vocab) {
    struct error error = {0};
    struct corpus *corpus;
    enum status status = corpus_open(names, file_count, &format, &corpus, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    ck_assert_int_eq(corpus_build_vocab(corpus, vocab, &error), CHARNN_OK);
    return corpus;
}

/* Reads symbols from `position`: the end symbol as '|', others beyond ASCII as '?'. */
static const char *read_text(const struct corpus *corpus, const struct vocab *vocab,
                             size_t position, size_t count) {
    static char text[64];
    struct corpus_cursor cursor;
    int32_t ids[64];
    corpus_seek(corpus, position, &cursor);
    size_t done = 0;
    while (done < count) { /* in pieces of 3 */
        size_t read =
            corpus_read(corpus, &cursor, vocab, count - done < 3 ? count - done : 3, ids + done);
        done += read;
        if (read == 0) {
            break;
        }
    }
    for (size_t i = 0; i < done; i++) {
        uint32_t code = vocab_code(vocab, ids[i]);
        text[i] = code == CHARNN_SYMBOL_END ? '|' : code < 0x80 ? (char)code : '?';
    }
    text[done] = '\0';
    return text;
}

START_TEST(sequence_has_records_between_ends) {
    static const char whole[] = "|ab|c|?|de|";
    add_text("ab\nc\n\n\303"); /* the next file does not continue the character */
    add_text("\nde");
    struct vocab *vocab;
    struct corpus *corpus = open_records(
        (struct corpus_format){.encoding = CHARNN_ENCODING_UTF8, .records = "line"}, &vocab);
    const size_t length = strlen(whole);
    ck_assert_uint_eq(corpus_records(corpus), 4);
    ck_assert_uint_eq(corpus_length(corpus), length);
    static const size_t starts[] = {0, 3, 5, 7, 10};
    for (size_t i = 0; i <= 4; i++) {
        ck_assert_uint_eq(corpus_record_start(corpus, i), starts[i]);
    }
    static const size_t records[] = {0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 4};
    for (size_t i = 0; i < length; i++) {
        ck_assert_str_eq(read_text(corpus, vocab, i, 32), whole + i);
        ck_assert_uint_eq(corpus_record_at(corpus, i), records[i]);
    }
    ck_assert_str_eq(read_text(corpus, vocab, length, 32), "");
    /* Separators are not in the vocabulary; the end symbol is its last. */
    static const uint32_t codes[] = {
        'a', 'b', 'c', 'd', 'e', CHARNN_RAW_BYTE + 0xC3, CHARNN_SYMBOL_END};
    ck_assert_uint_eq(vocab_size(vocab), 7);
    ck_assert_mem_eq(vocab_codes(vocab), codes, sizeof codes);
    ck_assert_int_eq(vocab_end(vocab), 6);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

START_TEST(rest_of_a_line_end_is_read_as_it_is) {
    add_text("a\r%\nb\r\nc");
    struct vocab *vocab;
    struct corpus *corpus = open_records((struct corpus_format){.encoding = CHARNN_ENCODING_UTF8,
                                                                .unix_newlines = true,
                                                                .records = "%\n"},
                                         &vocab);
    ck_assert_str_eq(read_text(corpus, vocab, 0, 32), "|a\r|b\nc|");
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

/* A skipped byte order mark does not hide a separator at the start. */
START_TEST(text_begins_behind_a_mark) {
    add_text("\357\273\277%\na\n%\n");
    add_text("\357\273\277");
    struct vocab *vocab;
    struct corpus *corpus = open_records((struct corpus_format){.encoding = CHARNN_ENCODING_UTF8,
                                                                .unix_newlines = true,
                                                                .records = "\n%\n"},
                                         &vocab);
    ck_assert_str_eq(read_text(corpus, vocab, 0, 32), "|a|");
    ck_assert_str_eq(read_text(corpus, vocab, 1, 32), "a|");
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

START_TEST(rare_symbols_are_counted_in_records) {
    struct error error = {0};
    struct rare_symbols rare;
    struct vocab *all;
    struct vocab *vocab;
    add_text("aab\nab\nc\n\n");
    struct corpus *corpus = open_records((struct corpus_format){.records = "line"}, &all);
    ck_assert_int_eq(corpus_select_vocab(corpus, NULL, 2, &vocab, &rare, &error), CHARNN_OK);
    static const uint32_t codes[] = {'a', 'b', CHARNN_SYMBOL_UNKNOWN, CHARNN_SYMBOL_END};
    ck_assert_uint_eq(vocab_size(vocab), 4);
    ck_assert_mem_eq(vocab_codes(vocab), codes, sizeof codes);
    ck_assert_uint_eq(rare.different, 1); /* c; line ends are no symbols */
    vocab_destroy(vocab);
    ck_assert_int_eq(corpus_select_vocab(corpus, all, 1, &vocab, &rare, &error), CHARNN_OK);
    ck_assert_uint_eq(vocab_size(vocab), vocab_size(all)); /* the end symbol is known */
    vocab_destroy(vocab);
    vocab_destroy(all);
    corpus_close(corpus);
}
END_TEST

START_TEST(text_without_records_is_refused) {
    struct error error = {0};
    struct corpus *corpus;
    add_text("\n\n");
    ck_assert_int_eq(
        corpus_open(names, 1, &(struct corpus_format){.records = "line"}, &corpus, &error),
        CHARNN_ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "has no records"));
}
END_TEST

START_TEST(vocabulary_without_end_is_refused) {
    struct error error = {0};
    struct vocab *vocab;
    struct vocab *other;
    static const uint32_t codes[] = {'a'};
    add_text("a\na");
    struct corpus *corpus = open_records((struct corpus_format){.records = "line"}, &vocab);
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, 1, &other, &error), CHARNN_OK);
    ck_assert_int_eq(corpus_check_vocab(corpus, vocab, &error), CHARNN_OK);
    ck_assert_int_eq(corpus_check_vocab(corpus, other, &error), CHARNN_ERROR_DATA);
    vocab_destroy(other);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

/* Cuts move to the nearest start of a record. */
START_TEST(splits_keep_records_whole) {
    static const struct {
        double train, val;
        const char *parts[CHARNN_SPLITS];
    } cases[] = {
        {0.5, 0.25, {"|aaa|b|", "|cc|", "|dddd|"}}, {1, 0, {"|aaa|b|cc|dddd|", "", ""}},
        {0, 1, {"", "|aaa|b|cc|dddd|", ""}},        {0.1, 0, {"", "", "|aaa|b|cc|dddd|"}},
        {0.3, 0.01, {"|aaa|", "", "|b|cc|dddd|"}},
    };
    add_text("aaa\nb\ncc\ndddd");
    struct vocab *vocab;
    struct corpus *corpus = open_records((struct corpus_format){.records = "line"}, &vocab);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct split splits[CHARNN_SPLITS];
        corpus_split(corpus, cases[i].train, cases[i].val, splits);
        for (size_t j = 0; j < CHARNN_SPLITS; j++) {
            ck_assert_str_eq(
                read_text(corpus, vocab, splits[j].begin, splits[j].end - splits[j].begin),
                cases[i].parts[j]);
        }
    }
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

/* ---- their order ------------------------------------------------------------------------------
 */

enum { LINES = 300, DIFFERENT = 200 };

/* Records 1000, 1001, ..., the first 100 of which come again in a file with other line ends. */
static struct corpus *open_lines(struct vocab **vocab) {
    char text[8 * LINES] = "";
    for (int i = 0; i < LINES; i++) {
        char line[32];
        (void)snprintf(line, sizeof line, "%s%s%d", i < DIFFERENT ? "\n" : "\r\n",
                       i < DIFFERENT ? "\n1\n" : "\r\n1\r\n", 1000 + i % DIFFERENT);
        if (i == DIFFERENT) {
            add_text(text);
            text[0] = '\0';
        }
        strcat(text, line);
    }
    add_text(text);
    return open_records((struct corpus_format){.encoding = CHARNN_ENCODING_UTF8,
                                               .unix_newlines = true,
                                               .records = "blank"},
                        vocab);
}

/* The number of record i, which is "1", a line end and that number. */
static int number_of(const struct corpus *corpus, const struct vocab *vocab, size_t i) {
    size_t begin = corpus_record_start(corpus, i);
    const char *text = read_text(corpus, vocab, begin, corpus_record_start(corpus, i + 1) - begin);
    ck_assert_uint_eq(strlen(text), 7);
    ck_assert_int_eq(strncmp(text, "|1\n", 3), 0);
    return (int)strtol(text + 3, NULL, 10) - 1000;
}

static void read_order(uint64_t seed, int order[LINES]) {
    struct vocab *vocab;
    struct corpus *corpus = open_lines(&vocab);
    size_t length = corpus_length(corpus);
    ck_assert_uint_eq(corpus_records(corpus), LINES);
    ck_assert_uint_eq(corpus_shuffle_records(corpus, seed), LINES - DIFFERENT);
    ck_assert_uint_eq(corpus_length(corpus), length);
    ck_assert_uint_eq(corpus_record_start(corpus, LINES), length - 1);
    for (size_t i = 0; i < LINES; i++) {
        order[i] = number_of(corpus, vocab, i);
    }
    vocab_destroy(vocab);
    corpus_close(corpus);
    remove_files();
}

START_TEST(shuffling_puts_copies_side_by_side) {
    int order[LINES];
    int again[LINES];
    int count[DIFFERENT] = {0};
    int early = 0; /* of the first half of the text, in the first half now */
    read_order(1, order);
    for (int i = 0; i < LINES; i++) {
        bool copied = order[i] < LINES - DIFFERENT;
        count[order[i]]++;
        early += i < LINES / 2 && order[i] < DIFFERENT / 2;
        ck_assert(!copied || (i > 0 && order[i - 1] == order[i]) ||
                  (i + 1 < LINES && order[i + 1] == order[i]));
    }
    for (int i = 0; i < DIFFERENT; i++) {
        ck_assert_int_eq(count[i], i < LINES - DIFFERENT ? 2 : 1);
    }
    ck_assert_int_gt(early, 70); /* of 200, 100 are expected */
    ck_assert_int_lt(early, 130);
    read_order(1, again);
    ck_assert_mem_eq(order, again, sizeof order);
    read_order(2, again);
    ck_assert_mem_ne(order, again, sizeof order);
}
END_TEST

START_TEST(copies_are_not_separated) {
    struct vocab *vocab;
    struct corpus *corpus = open_lines(&vocab);
    (void)corpus_shuffle_records(corpus, 1);
    for (int i = 1; i < 100; i++) {
        struct split splits[CHARNN_SPLITS];
        corpus_split(corpus, i / 100.0, 0, splits);
        size_t cut = corpus_record_at(corpus, splits[CHARNN_SPLIT_TEST].begin);
        ck_assert_int_ne(number_of(corpus, vocab, cut - 1), number_of(corpus, vocab, cut));
        ck_assert_uint_le(splits[CHARNN_SPLIT_TRAIN].end,
                          corpus_length(corpus) * (size_t)i / 100 + 8);
        ck_assert_uint_ge(splits[CHARNN_SPLIT_TRAIN].end + 8,
                          corpus_length(corpus) * (size_t)i / 100);
    }
    vocab_destroy(vocab);
    corpus_close(corpus);
    /* Where all are copies, all are in one part. */
    remove_files();
    add_text("a\na\na\na\na\na\na\na");
    corpus = open_records((struct corpus_format){.records = "line"}, &vocab);
    ck_assert_uint_eq(corpus_shuffle_records(corpus, 1), 7);
    struct split splits[CHARNN_SPLITS];
    corpus_split(corpus, 0.6, 0.2, splits);
    ck_assert_uint_eq(splits[CHARNN_SPLIT_TRAIN].end, corpus_length(corpus));
    ck_assert_uint_eq(splits[CHARNN_SPLIT_VAL].end, splits[CHARNN_SPLIT_VAL].begin);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

START_TEST(files_have_parts) {
    static const char *const parts[][2] = {{"|ab|c|", "|de|"}, {"", "|de|"}, {"|ab|c|", ""}};
    add_text(_i == 1 ? "\n" : "ab\nc\n");
    add_text(_i == 2 ? "" : "\nde");
    struct vocab *vocab;
    struct corpus *corpus = open_records((struct corpus_format){.records = "line"}, &vocab);
    for (size_t i = 0; i < 2; i++) {
        struct split part = corpus_file_part(corpus, i);
        ck_assert_str_eq(read_text(corpus, vocab, part.begin, part.end - part.begin), parts[_i][i]);
    }
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

/* ---- batches of them --------------------------------------------------------------------------
 */

enum { WORDS = 40 };

/* Words "aaa..." of different lengths, each with a number at its end. */
static void add_words(void) {
    char text[1000] = "";
    for (int i = 0; i < WORDS; i++) {
        char word[32];
        (void)snprintf(word, sizeof word, "%.*s%02d\n", i % 7, "aaaaaaa", i);
        strcat(text, word);
    }
    add_text(text);
}

/* Reads an epoch as one text: its streams in order, and the last target. */
static void read_epoch(struct batches *batches, const struct vocab *vocab, size_t batch,
                       size_t steps, char *text) {
    int32_t x[64];
    int32_t y[64];
    size_t windows = batches_windows_per_epoch(batches);
    for (size_t w = 0; w < windows; w++) {
        ck_assert_int_eq(batches_next(batches, x, y), w == 0);
        for (size_t b = 0; b < batch; b++) {
            for (size_t t = 0; t < steps; t++) {
                uint32_t code = vocab_code(vocab, x[t * batch + b]);
                text[(b * windows + w) * steps + t] = code == CHARNN_SYMBOL_END ? '|' : (char)code;
                ck_assert(t + 1 == steps || y[t * batch + b] == x[(t + 1) * batch + b]);
            }
        }
    }
    text[batch * windows * steps] = '\0';
}

/* Finds the whole words of an epoch, and their `order`. */
static size_t find_words(const char *text, int order[WORDS]) {
    size_t words = 0;
    const char *end;
    for (const char *at = text; *at == '|' && (end = strchr(at + 1, '|')) != NULL; at = end) {
        int number = (int)strtol(end - 2, NULL, 10);
        ck_assert_int_eq(end - at - 1, number % 7 + 2);
        order[words++] = number;
    }
    return words;
}

START_TEST(epochs_have_records_in_other_orders) {
    struct error error = {0};
    struct vocab *vocab;
    add_words();
    struct corpus *corpus = open_records((struct corpus_format){.records = "line"}, &vocab);
    struct split whole = {0, corpus_length(corpus)};
    struct batches *batches;
    ck_assert_int_eq(batches_create(corpus, vocab, whole, 3, 4, 5, &batches, &error), CHARNN_OK);
    size_t windows = batches_windows_per_epoch(batches);
    ck_assert_uint_eq(windows, (corpus_length(corpus) - 1) / 12);
    char texts[3][1000];
    int orders[3][WORDS];
    for (size_t epoch = 0; epoch < 3; epoch++) {
        read_epoch(batches, vocab, 3, 4, texts[epoch]);
        size_t words = find_words(texts[epoch], orders[epoch]);
        ck_assert_uint_ge(words, WORDS - 3); /* the rest is left over */
        for (size_t i = 0; i < words; i++) {
            for (size_t j = 0; j < i; j++) {
                ck_assert_int_ne(orders[epoch][i], orders[epoch][j]);
            }
        }
    }
    ck_assert_str_ne(texts[0], texts[1]);
    ck_assert_str_ne(texts[1], texts[2]);
    /* Seeks to every window. */
    int32_t x[12];
    int32_t y[12];
    for (size_t i = 0; i < 2 * windows; i++) {
        size_t w = i % windows;
        batches_seek(batches, 1 + i / windows, w);
        (void)batches_next(batches, x, y);
        for (size_t j = 0; j < 12; j++) {
            size_t at = (j % 3 * windows + w) * 4 + j / 3;
            uint32_t code = vocab_code(vocab, x[j]);
            ck_assert_int_eq(texts[1 + i / windows][at],
                             code == CHARNN_SYMBOL_END ? '|' : (char)code);
        }
    }
    batches_destroy(batches);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

/* Only records of the split; a window of the whole split ends with the last end symbol. */
START_TEST(batches_stay_in_their_split) {
    struct error error = {0};
    struct vocab *vocab;
    add_text("x\nab\nab\ny");
    struct corpus *corpus = open_records((struct corpus_format){.records = "line"}, &vocab);
    struct batches *batches;
    struct split middle = {corpus_record_start(corpus, 1), corpus_record_start(corpus, 3) + 1};
    ck_assert_int_eq(batches_create(corpus, vocab, middle, 1, 6, 5, &batches, &error), CHARNN_OK);
    ck_assert_uint_eq(batches_windows_per_epoch(batches), 1);
    const int32_t end = vocab_end(vocab);
    const int32_t a = vocab_find(vocab, 'a');
    const int32_t b = vocab_find(vocab, 'b');
    const int32_t inputs[6] = {end, a, b, end, a, b};
    const int32_t targets[6] = {a, b, end, a, b, end};
    for (size_t epoch = 0; epoch < 8; epoch++) {
        int32_t x[6];
        int32_t y[6];
        ck_assert(batches_next(batches, x, y));
        ck_assert_mem_eq(x, inputs, sizeof x);
        ck_assert_mem_eq(y, targets, sizeof y);
    }
    batches_destroy(batches);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

Suite *records_suite(void) {
    Suite *suite = suite_create("records");
    TCase *tcase = tcase_create("records");
    tcase_add_checked_fixture(tcase, NULL, remove_files);
    tcase_add_loop_test(tcase, separates, 0, (int)(sizeof separations / sizeof separations[0]));
    tcase_add_test(tcase, sequence_has_records_between_ends);
    tcase_add_test(tcase, rest_of_a_line_end_is_read_as_it_is);
    tcase_add_test(tcase, text_begins_behind_a_mark);
    tcase_add_test(tcase, rare_symbols_are_counted_in_records);
    tcase_add_test(tcase, text_without_records_is_refused);
    tcase_add_test(tcase, vocabulary_without_end_is_refused);
    tcase_add_test(tcase, splits_keep_records_whole);
    tcase_add_test(tcase, shuffling_puts_copies_side_by_side);
    tcase_add_test(tcase, copies_are_not_separated);
    tcase_add_loop_test(tcase, files_have_parts, 0, 3);
    tcase_add_test(tcase, epochs_have_records_in_other_orders);
    tcase_add_test(tcase, batches_stay_in_their_split);
    suite_add_tcase(suite, tcase);
    return suite;
}
