#include "suites.h"
#include "support/temporary.h"

#include "base/random.h"
#include "base/xxh64.h"
#include "text/census.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"
#include "text/split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 4 };

/* Temporary files. Each test is a process with statics of its own. */
static char paths[FILES][TEMPORARY_PATH];
static const char *names[FILES];
static size_t file_count;

static void add_file(const void *bytes, size_t size) {
    char *path = paths[file_count];
    temporary_file(path, bytes, size);
    names[file_count++] = path;
}

static void add_text(const char *text) {
    add_file(text, strlen(text));
}

static void remove_files(void) {
    for (size_t i = 0; i < file_count; i++) {
        (void)unlink(paths[i]);
    }
    file_count = 0;
}

static struct corpus *open_files(enum encoding encoding) {
    struct error error = {0};
    struct corpus *corpus;
    enum status status = corpus_open(
        names, file_count, &(struct corpus_format){.encoding = encoding}, &corpus, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    return corpus;
}

static struct vocab *build_vocab(const struct corpus *corpus) {
    struct error error = {0};
    struct vocab *vocab;
    ck_assert_int_eq(corpus_build_vocab(corpus, &vocab, &error), CHARNN_OK);
    return vocab;
}

static void check_vocab(const struct vocab *vocab, const uint32_t *codes, size_t count) {
    ck_assert_uint_eq(vocab_size(vocab), count);
    ck_assert_mem_eq(vocab_codes(vocab), codes, count * sizeof codes[0]);
}

static void check_ids(const struct corpus *corpus, const struct vocab *vocab, size_t position,
                      const int32_t *expected, size_t count) {
    struct corpus_cursor cursor;
    int32_t ids[32];
    corpus_seek(corpus, position, &cursor);
    ck_assert_uint_eq(corpus_read(corpus, &cursor, vocab, 32, ids), count);
    ck_assert_mem_eq(ids, expected, count * sizeof ids[0]);
    ck_assert_uint_eq(corpus_read(corpus, &cursor, vocab, 32, ids), 0);
}

START_TEST(test_utf8) {
    add_text("h\xC3\xA9llo\n");
    struct corpus *corpus = open_files(CHARNN_ENCODING_AUTO);
    ck_assert_int_eq(corpus_encoding(corpus), CHARNN_ENCODING_UTF8);
    ck_assert_uint_eq(corpus_length(corpus), 6);
    ck_assert_uint_eq(corpus_memory(corpus).held, sizeof(size_t));
    struct vocab *vocab = build_vocab(corpus);
    const uint32_t codes[] = {'\n', 'h', 'l', 'o', 0xE9};
    check_vocab(vocab, codes, 5);
    const int32_t ids[] = {1, 4, 2, 2, 3, 0};
    for (size_t position = 0; position <= 6; position++) {
        check_ids(corpus, vocab, position, ids + position, 6 - position);
    }
    vocab_destroy(vocab);
    size_t file;
    size_t offset;
    ck_assert(!corpus_find_raw_byte(corpus, &file, &offset));
    corpus_close(corpus);
    corpus_close(NULL);
}
END_TEST

START_TEST(test_texts_are_counted) {
    add_text("aaa\r\n");
    add_text("");
    add_text("\naaaa");
    struct corpus *corpus = open_files(CHARNN_ENCODING_UTF8);
    ck_assert_uint_eq(corpus_count_text(corpus, "a", 1), 7);
    ck_assert_uint_eq(corpus_count_text(corpus, "aa", 2), 3); /* they do not overlap */
    ck_assert_uint_eq(corpus_count_text(corpus, "\r\n", 2), 1);
    ck_assert_uint_eq(corpus_count_text(corpus, "\n\n", 2), 0); /* none crosses files */
    ck_assert_uint_eq(corpus_count_text(corpus, "aaaaaaaaaaaa", 12), 0);
    corpus_close(corpus);
}
END_TEST

START_TEST(test_bytes) {
    add_text("h\xC3\xA9!");
    struct corpus *corpus = open_files(CHARNN_ENCODING_BYTES);
    ck_assert_int_eq(corpus_encoding(corpus), CHARNN_ENCODING_BYTES);
    ck_assert_uint_eq(corpus_length(corpus), 4);
    ck_assert_uint_eq(corpus_memory(corpus).held, 0);
    struct vocab *vocab = build_vocab(corpus);
    const uint32_t codes[] = {'!', 'h', CHARNN_RAW_BYTE + 0xA9, CHARNN_RAW_BYTE + 0xC3};
    check_vocab(vocab, codes, 4);
    const int32_t ids[] = {1, 3, 2, 0};
    for (size_t position = 0; position <= 4; position++) {
        check_ids(corpus, vocab, position, ids + position, 4 - position);
    }
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

START_TEST(test_auto_falls_back) {
    add_text("\xC3\xA9t\xC3\xA9");
    add_text("caf\xE9");
    struct corpus *corpus = open_files(CHARNN_ENCODING_AUTO);
    ck_assert_int_eq(corpus_encoding(corpus), CHARNN_ENCODING_BYTES);
    ck_assert_uint_eq(corpus_length(corpus), 9);
    size_t file = 0;
    size_t offset = 0;
    ck_assert(corpus_find_raw_byte(corpus, &file, &offset));
    ck_assert_uint_eq(file, 1);
    ck_assert_uint_eq(offset, 3);
    struct vocab *vocab = build_vocab(corpus);
    const uint32_t codes[] = {
        'a', 'c', 'f', 't', CHARNN_RAW_BYTE + 0xA9, CHARNN_RAW_BYTE + 0xC3, CHARNN_RAW_BYTE + 0xE9};
    check_vocab(vocab, codes, 7);
    const int32_t ids[] = {5, 4, 3, 5, 4, 1, 0, 2, 6};
    check_ids(corpus, vocab, 0, ids, 9);
    vocab_destroy(vocab);
    corpus_close(corpus);

    corpus = open_files(CHARNN_ENCODING_UTF8);
    ck_assert_int_eq(corpus_encoding(corpus), CHARNN_ENCODING_UTF8);
    ck_assert_uint_eq(corpus_length(corpus), 7);
    vocab = build_vocab(corpus);
    const uint32_t mixed[] = {'a', 'c', 'f', 't', 0xE9, CHARNN_RAW_BYTE + 0xE9};
    check_vocab(vocab, mixed, 6);
    const int32_t mixed_ids[] = {4, 3, 4, 1, 0, 2, 5};
    check_ids(corpus, vocab, 0, mixed_ids, 7);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

/* The halves of a character in two files stay bytes; empty files change nothing. */
START_TEST(test_sources_do_not_merge) {
    add_text("");
    add_text("a\xC3");
    add_text("");
    add_text("\xA9");
    struct corpus *corpus = open_files(CHARNN_ENCODING_UTF8);
    ck_assert_uint_eq(corpus_length(corpus), 3);
    struct vocab *vocab = build_vocab(corpus);
    const uint32_t codes[] = {'a', CHARNN_RAW_BYTE + 0xA9, CHARNN_RAW_BYTE + 0xC3};
    check_vocab(vocab, codes, 3);
    const int32_t ids[] = {0, 2, 1};
    for (size_t position = 0; position <= 3; position++) {
        check_ids(corpus, vocab, position, ids + position, 3 - position);
    }
    vocab_destroy(vocab);
    corpus_close(corpus);

    corpus = open_files(CHARNN_ENCODING_AUTO);
    ck_assert_int_eq(corpus_encoding(corpus), CHARNN_ENCODING_BYTES);
    corpus_close(corpus);
}
END_TEST

START_TEST(test_nul_bytes) {
    add_file("a\0\0b", 4);
    struct corpus *corpus = open_files(CHARNN_ENCODING_UTF8);
    ck_assert_int_eq(corpus_encoding(corpus), CHARNN_ENCODING_UTF8);
    struct vocab *vocab = build_vocab(corpus);
    const uint32_t codes[] = {0, 'a', 'b'};
    check_vocab(vocab, codes, 3);
    const int32_t ids[] = {1, 0, 0, 2};
    check_ids(corpus, vocab, 0, ids, 4);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

START_TEST(test_standard_input) {
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "\xD0\xB6!", 3), 3);
    ck_assert_int_eq(close(ends[1]), 0);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    add_text("ab");
    names[file_count++] = "-";
    struct corpus *corpus = open_files(CHARNN_ENCODING_AUTO);
    ck_assert_uint_eq(corpus_length(corpus), 4);
    ck_assert_uint_eq(corpus_spooled(corpus), 3);
    ck_assert_uint_eq(corpus_memory(corpus).held, sizeof(size_t)); /* one mark */
    struct vocab *vocab = build_vocab(corpus);
    const int32_t ids[] = {1, 2, 3, 0};
    check_ids(corpus, vocab, 0, ids, 4);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

static void check_refused(const char *format, const char *name) {
    struct error error = {0};
    struct corpus *corpus;
    char message[256];
    (void)snprintf(message, sizeof message, format, name);
    ck_assert_int_eq(corpus_open(names, file_count,
                                 &(struct corpus_format){.encoding = CHARNN_ENCODING_AUTO}, &corpus,
                                 &error),
                     CHARNN_ERROR_DATA);
    ck_assert_ptr_null(corpus);
    ck_assert_str_eq(error.message, message);
}

START_TEST(test_empty) {
    add_text("");
    check_refused("%s is empty: give a text with characters in it", names[0]);
    add_text("");
    add_text("");
    check_refused("%s is empty, and so are the other 2 files: give a text with characters in it",
                  names[0]);
}
END_TEST

START_TEST(test_nul_is_no_text) {
    add_file("ab\n", 3);
    add_file("c\xff\0d", 4);
    check_refused(
        "%s does not look like text: it has a NUL byte at offset 2; --glob selects the files of a "
        "folder by name; --encoding bytes or --encoding utf8 accepts the file as it is",
        names[1]);
}
END_TEST

START_TEST(test_missing) {
    struct error error = {0};
    struct corpus *corpus;
    add_text("text");
    names[file_count] = "/tmp/charnn-test-no-such-file";
    ck_assert_int_eq(corpus_open(names, 2,
                                 &(struct corpus_format){.encoding = CHARNN_ENCODING_AUTO}, &corpus,
                                 &error),
                     CHARNN_ERROR_IO);
    ck_assert_ptr_null(corpus);
    ck_assert_ptr_nonnull(strstr(error.message, "/tmp/charnn-test-no-such-file"));
}
END_TEST

START_TEST(test_one_character) {
    add_text("\xE2\x82\xAC");
    struct corpus *corpus = open_files(CHARNN_ENCODING_AUTO);
    ck_assert_uint_eq(corpus_length(corpus), 1);
    struct vocab *vocab = build_vocab(corpus);
    const uint32_t codes[] = {0x20AC};
    check_vocab(vocab, codes, 1);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

static struct vocab *make_vocab(enum encoding encoding, const uint32_t *codes, size_t count) {
    struct error error = {0};
    struct vocab *vocab;
    ck_assert_int_eq(vocab_create(encoding, codes, count, &vocab, &error), CHARNN_OK);
    return vocab;
}

START_TEST(test_foreign_vocab) {
    add_text("ab\xC3\xA9");
    struct corpus *corpus = open_files(CHARNN_ENCODING_UTF8);
    struct error error = {0};
    const uint32_t codes[] = {'b', 'x', 0xE9, 'a'};
    struct vocab *vocab = make_vocab(CHARNN_ENCODING_UTF8, codes, 4);
    ck_assert_int_eq(corpus_check_vocab(corpus, vocab, &error), CHARNN_OK);
    const int32_t ids[] = {3, 0, 2};
    check_ids(corpus, vocab, 0, ids, 3);
    vocab_destroy(vocab);

    vocab = make_vocab(CHARNN_ENCODING_UTF8, codes, 2);
    ck_assert_int_eq(corpus_check_vocab(corpus, vocab, &error), CHARNN_ERROR_DATA);
    ck_assert_str_eq(error.message, "the text has 2 characters the model has not seen, among them "
                                    "'a' (U+0061); replace them in the text");
    const int32_t partly[] = {-1, 0, -1};
    check_ids(corpus, vocab, 0, partly, 3);
    vocab_destroy(vocab);

    const uint32_t less[] = {'b', 'a'};
    vocab = make_vocab(CHARNN_ENCODING_UTF8, less, 2);
    ck_assert_int_eq(corpus_check_vocab(corpus, vocab, &error), CHARNN_ERROR_DATA);
    ck_assert_str_eq(error.message, "the text has 1 character the model has not seen: "
                                    "'é' (U+00E9); replace it in the text");
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

static struct corpus *open_unix(enum encoding encoding) {
    struct error error = {0};
    struct corpus *corpus;
    const struct corpus_format format = {.encoding = encoding, .unix_newlines = true};
    ck_assert_int_eq(corpus_open(names, file_count, &format, &corpus, &error), CHARNN_OK);
    return corpus;
}

/* Reads the text of a corpus from `position`; returns its size. */
static size_t write_out(const struct corpus *corpus, size_t position, unsigned char *text) {
    struct vocab *vocab = build_vocab(corpus);
    struct corpus_cursor cursor;
    size_t size = 0;
    int32_t ids[7];
    size_t count;
    corpus_seek(corpus, position, &cursor);
    while ((count = corpus_read(corpus, &cursor, vocab, 7, ids)) > 0) {
        for (size_t i = 0; i < count; i++) {
            size += symbol_encode(vocab_code(vocab, ids[i]), text + size);
        }
    }
    vocab_destroy(vocab);
    return size;
}

START_TEST(test_unix_newlines) {
    enum encoding encoding = _i == 0 ? CHARNN_ENCODING_AUTO : CHARNN_ENCODING_BYTES;
    static const char expected[] = "a\r\r\nb\n\xC3\xA9\n\r\n";
    add_text("\xEF\xBB\xBF"
             "a\r\r\r\nb\r\n\xC3\xA9\r\n\r");
    add_text("\xEF\xBB\xBF\n");
    struct corpus *corpus = open_unix(encoding);
    size_t length = strlen(expected) - (_i == 0 ? 1 : 0);
    ck_assert_uint_eq(corpus_length(corpus), length);
    for (size_t position = 0; position < 6; position++) {
        unsigned char text[32];
        ck_assert_uint_eq(write_out(corpus, position, text), strlen(expected) - position);
        ck_assert_mem_eq(text, expected + position, strlen(expected) - position);
    }
    corpus_close(corpus);

    corpus = open_files(CHARNN_ENCODING_AUTO); /* with byte order marks and CR */
    ck_assert_uint_eq(corpus_length(corpus), 15);
    corpus_close(corpus);

    add_text("\xFF\r\n"); /* tried as UTF-8 first */
    corpus = open_unix(CHARNN_ENCODING_AUTO);
    ck_assert_int_eq(corpus_encoding(corpus), CHARNN_ENCODING_BYTES);
    ck_assert_uint_eq(corpus_length(corpus), strlen(expected) + 2);
    corpus_close(corpus);
}
END_TEST

/* Any bytes in any encoding: reading restores them. */
START_TEST(test_round_trip) {
    static unsigned char bytes[200000];
    static unsigned char text[sizeof bytes];
    for (size_t i = 0; i < sizeof bytes; i += 4) {
        uint32_t words[4];
        random_words(7, CHARNN_RANDOM_SAMPLE, (uint32_t)i, 0, 0, words);
        /* Lead and continuation bytes are more frequent than by chance. */
        for (size_t k = 0; k < 4; k++) {
            unsigned char byte = (unsigned char)(words[1] >> (8 * k));
            unsigned kind = words[0] >> (8 * k) & 7;
            bytes[i + k] = kind < 3 ? byte : kind < 6 ? 0x80 | (byte & 0x3F) : 0xC0 | (byte & 0x3F);
        }
    }
    add_file(bytes, sizeof bytes);
    struct corpus *corpus = open_files(_i == 0 ? CHARNN_ENCODING_UTF8 : CHARNN_ENCODING_BYTES);
    ck_assert_uint_eq(write_out(corpus, 0, text), sizeof bytes);
    ck_assert_mem_eq(text, bytes, sizeof bytes);
    corpus_close(corpus);
}
END_TEST

START_TEST(test_min_count) {
    struct error error = {0};
    struct vocab *vocab;
    struct rare_symbols rare;
    add_text("bananas\xC3\xA9\xC3\xA9");
    struct corpus *corpus = open_files(CHARNN_ENCODING_AUTO);
    ck_assert_int_eq(corpus_select_vocab(corpus, NULL, 2, &vocab, &rare, &error), CHARNN_OK);
    const uint32_t codes[] = {'a', 'n', 0xE9, CHARNN_SYMBOL_UNKNOWN};
    check_vocab(vocab, codes, 4);
    ck_assert_uint_eq(rare.different, 2);
    ck_assert_uint_eq(rare.occurrences, 2);
    const int32_t ids[] = {3, 0, 1, 0, 1, 0, 3, 2, 2};
    check_ids(corpus, vocab, 0, ids, 9);
    ck_assert_int_eq(corpus_check_vocab(corpus, vocab, &error), CHARNN_OK);
    vocab_destroy(vocab);

    ck_assert_int_eq(corpus_select_vocab(corpus, NULL, 3, &vocab, &rare, &error), CHARNN_OK);
    ck_assert_uint_eq(vocab_size(vocab), 2);
    ck_assert_uint_eq(rare.occurrences, 6);
    vocab_destroy(vocab);
    ck_assert_int_eq(corpus_select_vocab(corpus, NULL, 4, &vocab, &rare, &error),
                     CHARNN_ERROR_DATA);
    ck_assert_ptr_null(vocab);
    ck_assert_ptr_nonnull(strstr(error.message, "--min-count"));
    corpus_close(corpus);

    file_count = 0; /* no rare symbols */
    add_text("abab");
    corpus = open_files(CHARNN_ENCODING_BYTES);
    ck_assert_int_eq(corpus_select_vocab(corpus, NULL, 2, &vocab, &rare, &error), CHARNN_OK);
    ck_assert_uint_eq(vocab_size(vocab), 2);
    ck_assert_int_eq(vocab_unknown(vocab), -1);
    ck_assert_uint_eq(rare.different, 0);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

START_TEST(test_known_vocab) {
    struct error error = {0};
    struct vocab *vocab;
    struct rare_symbols rare;
    add_text("bananas");
    struct corpus *corpus = open_files(CHARNN_ENCODING_UTF8);
    const uint32_t codes[] = {'z', 'n', 0xE9};
    struct vocab *known = make_vocab(CHARNN_ENCODING_UTF8, codes, 3);
    ck_assert_uint_eq(corpus_count_known(corpus, known), 1);
    ck_assert_int_eq(corpus_select_vocab(corpus, known, 1, &vocab, &rare, &error), CHARNN_OK);
    const uint32_t all[] = {'z', 'n', 0xE9, 'a', 'b', 's'};
    check_vocab(vocab, all, 6);
    vocab_destroy(vocab);
    ck_assert_int_eq(corpus_select_vocab(corpus, known, 2, &vocab, &rare, &error), CHARNN_OK);
    const uint32_t frequent[] = {'z', 'n', 0xE9, 'a', CHARNN_SYMBOL_UNKNOWN};
    check_vocab(vocab, frequent, 5);
    ck_assert_uint_eq(rare.different, 2);
    vocab_destroy(known);

    known = vocab; /* its unknown symbol keeps its id */
    ck_assert_int_eq(corpus_select_vocab(corpus, known, 2, &vocab, &rare, &error), CHARNN_OK);
    check_vocab(vocab, frequent, 5);
    vocab_destroy(vocab);
    vocab_destroy(known);
    corpus_close(corpus);
}
END_TEST

/* The XXH64 values here and below are those of the reference implementation, version 0.8. */
START_TEST(test_checksum) {
    add_text("abc");
    struct corpus *corpus = open_files(CHARNN_ENCODING_AUTO);
    ck_assert_uint_eq(corpus_checksum(corpus), 0x44BC2CF5AD770999U);
    corpus_close(corpus);
    add_text("cba");
    corpus = open_files(CHARNN_ENCODING_AUTO);
    ck_assert_uint_eq(corpus_checksum(corpus), 0xE925C8E32D1760E7U);
    corpus_close(corpus);
}
END_TEST

static const struct {
    size_t size;
    uint64_t plain;
    uint64_t seeded;
} hashes[] = {
    {0, 0xEF46DB3751D8E999U, 0xC4349FC93C010000U},  {1, 0x1F25C8D0BC1F4BB6U, 0x79826BCD749D267AU},
    {3, 0x31D2363F52E564C9U, 0x78EFD77575E26575U},  {4, 0x9BB64B7D66EE9FDAU, 0x6F0A6C97D68BF353U},
    {7, 0x9A7B149959CE60D8U, 0xD97EDE93C9D66A0DU},  {8, 0xDAB99D95C6F90092U, 0xA2F1E28437A78A1BU},
    {31, 0xA2AA5F33CC4A6119U, 0x755437271D1D0A84U}, {32, 0x23C3C17EF790FD97U, 0xBF624B932C090428U},
    {33, 0x50A7CFC7BA588784U, 0x7ACEAF1E9D34EA35U}, {63, 0x5E3E54B431C7493CU, 0x2C8DDCE5C85D0D9DU},
    {64, 0x0EB64B3EF6EEB01FU, 0x4AF341F14E3A6FC9U}, {101, 0xBAD4D3BF033BDA4CU, 0x9A5F95077EAECB78U},
};

START_TEST(test_hash) {
    unsigned char bytes[104];
    for (size_t shift = 0; shift < 3; shift++) { /* unaligned too */
        for (size_t i = 0; i < hashes[_i].size; i++) {
            bytes[shift + i] = (unsigned char)(i * 7 + 3);
        }
        ck_assert_uint_eq(xxh64_bytes(bytes + shift, hashes[_i].size, 0), hashes[_i].plain);
        ck_assert_uint_eq(xxh64_bytes(bytes + shift, hashes[_i].size, 0x9E3779B97F4A7C15U),
                          hashes[_i].seeded);
    }
}
END_TEST

enum { LARGE = 300000 }; /* symbols: over four index intervals of 65536 */

/* Writes symbols of 1 to 4 bytes, or of one byte, to a file, and their codes to `codes`. */
static void add_large(uint32_t stream, unsigned longest, uint32_t *codes) {
    static const uint32_t bases[] = {0x20, 0x400, 0x4E00, 0x1F600};
    unsigned char *text = malloc((size_t)LARGE * CHARNN_SYMBOL_BYTES);
    ck_assert_ptr_nonnull(text);
    size_t size = 0;
    for (uint32_t i = 0; i < LARGE; i++) {
        uint32_t words[4];
        random_words(7, CHARNN_RANDOM_SAMPLE, stream, i, 0, words);
        codes[i] = bases[words[0] % longest] + words[1] % 64;
        size += symbol_encode(codes[i], text + size);
    }
    add_file(text, size);
    free(text);
}

/* Compares random seeks and reads, and all seeks near an index boundary, with known codes. */
static void check_large(const struct corpus *corpus, const uint32_t *codes, size_t length) {
    ck_assert_uint_eq(corpus_length(corpus), length);
    struct vocab *vocab = build_vocab(corpus);
    int32_t ids[100];
    size_t wrong = 0;
    for (uint32_t trial = 0; trial < 600; trial++) {
        uint32_t words[4];
        random_words(8, CHARNN_RANDOM_SAMPLE, trial, 0, 0, words);
        size_t position = words[0] % (length + 1);
        if (trial < 200) {
            position = (trial / 5 * 65536 + trial % 5 - 2) % (length + 1);
        } else if (trial < 210) {
            position = length - (trial - 200);
        }
        size_t wanted = words[1] % 100 + 1;
        size_t expected = wanted < length - position ? wanted : length - position;
        struct corpus_cursor cursor;
        corpus_seek(corpus, position, &cursor);
        ck_assert_uint_eq(corpus_read(corpus, &cursor, vocab, wanted, ids), expected);
        for (size_t i = 0; i < expected; i++) {
            wrong += vocab_code(vocab, ids[i]) != codes[position + i];
        }
    }
    ck_assert_uint_eq(wrong, 0);
    vocab_destroy(vocab);
}

START_TEST(test_large) {
    uint32_t *codes = malloc(3 * (size_t)LARGE * sizeof *codes);
    ck_assert_ptr_nonnull(codes);
    add_large(0, 4, codes);
    add_large(1, 1, codes + LARGE);
    add_large(2, 2, codes + 2 * LARGE);
    struct corpus *corpus = open_files(CHARNN_ENCODING_AUTO);
    ck_assert_int_eq(corpus_encoding(corpus), CHARNN_ENCODING_UTF8);
    check_large(corpus, codes, 3 * (size_t)LARGE);
    corpus_close(corpus);
    free(codes);
}
END_TEST

/* A whole number of index intervals: the end lies on a boundary. */
START_TEST(test_end_on_boundary) {
    enum { SYMBOLS = 2 * 65536 };
    unsigned char *text = malloc(2 * SYMBOLS);
    uint32_t *codes = malloc(SYMBOLS * sizeof *codes);
    ck_assert(text != NULL && codes != NULL);
    for (uint32_t i = 0; i < SYMBOLS; i++) {
        codes[i] = 0x430 + i % 32;
        (void)symbol_encode(codes[i], text + 2 * (size_t)i);
    }
    add_file(text, 2 * SYMBOLS);
    struct corpus *corpus = open_files(CHARNN_ENCODING_AUTO);
    check_large(corpus, codes, SYMBOLS);
    struct corpus_memory memory = corpus_memory(corpus);
    ck_assert_uint_eq(memory.held, 5 * sizeof(size_t)); /* five marks */
    ck_assert_uint_eq(memory.most, memory.held + census_memory());
    corpus_close(corpus);
    free(codes);
    free(text);
}
END_TEST

static const struct {
    size_t length;
    double train, val;
    size_t train_end, val_end;
} splittings[] = {
    {100, 0.9, 0.05, 90, 95},
    {1115394, 0.9, 0.05, 1003854, 1059624},
    {1115394, 0.95, 0.05, 1059624, 1115394},
    {10, 0.7, 0.3, 7, 10},
    {10, 1.0, 0.0, 10, 10},
    {10, 0.0, 1.0, 0, 10},
    {10, 0.0, 0.0, 0, 0},
    {1, 0.9, 0.05, 0, 0},
    {0, 0.9, 0.1, 0, 0},
    {7, 0.5, 0.25, 3, 5},
    {10, 0.3333333333333333, 0.6666666666666665, 3, 10}, /* 1 up to rounding */
    {1000000007, 0.1, 0.2, 100000000, 300000002},
};

START_TEST(test_split) {
    struct split splits[CHARNN_SPLITS];
    split_length(splittings[_i].length, splittings[_i].train, splittings[_i].val, splits);
    ck_assert_uint_eq(splits[CHARNN_SPLIT_TRAIN].begin, 0);
    ck_assert_uint_eq(splits[CHARNN_SPLIT_TRAIN].end, splittings[_i].train_end);
    ck_assert_uint_eq(splits[CHARNN_SPLIT_VAL].begin, splittings[_i].train_end);
    ck_assert_uint_eq(splits[CHARNN_SPLIT_VAL].end, splittings[_i].val_end);
    ck_assert_uint_eq(splits[CHARNN_SPLIT_TEST].begin, splittings[_i].val_end);
    ck_assert_uint_eq(splits[CHARNN_SPLIT_TEST].end, splittings[_i].length);
}
END_TEST

/* Fractions in thousandths that add up to 1 leave no rest. */
START_TEST(test_split_whole) {
    for (int train = 0; train <= 1000; train++) {
        char text[2][16];
        (void)snprintf(text[0], sizeof text[0], "%d.%03d", train / 1000, train % 1000);
        (void)snprintf(text[1], sizeof text[1], "%d.%03d", (1000 - train) / 1000,
                       (1000 - train) % 1000);
        struct split splits[CHARNN_SPLITS];
        split_length(1000003, strtod(text[0], NULL), strtod(text[1], NULL), splits);
        ck_assert_uint_eq(splits[CHARNN_SPLIT_VAL].end, 1000003);
    }
}
END_TEST

/* The hash of bytes in pieces is the hash of all. */
START_TEST(test_hash_in_pieces) {
    unsigned char bytes[150];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(i * 37);
    }
    for (size_t size = 0; size <= sizeof bytes; size++) {
        uint64_t whole = xxh64_bytes(bytes, size, 5);
        struct xxh64 single = xxh64_start(5);
        for (size_t cut = 0; cut <= size; cut++) {
            struct xxh64 hash = xxh64_start(5);
            xxh64_add(&hash, bytes, cut);
            xxh64_add(&hash, bytes + cut, size - cut);
            ck_assert_uint_eq(xxh64_end(&hash), whole);
            xxh64_add(&single, bytes + cut, cut < size);
        }
        ck_assert_uint_eq(xxh64_end(&single), whole);
    }
}
END_TEST

Suite *corpus_suite(void) {
    Suite *suite = suite_create("corpus");
    TCase *content = tcase_create("content");
    tcase_add_checked_fixture(content, NULL, remove_files);
    tcase_add_test(content, test_utf8);
    tcase_add_test(content, test_bytes);
    tcase_add_test(content, test_texts_are_counted);
    tcase_add_test(content, test_auto_falls_back);
    tcase_add_test(content, test_sources_do_not_merge);
    tcase_add_test(content, test_nul_bytes);
    tcase_add_test(content, test_standard_input);
    tcase_add_test(content, test_one_character);
    tcase_add_test(content, test_foreign_vocab);
    tcase_add_loop_test(content, test_unix_newlines, 0, 2);
    tcase_add_loop_test(content, test_round_trip, 0, 2);
    tcase_add_test(content, test_min_count);
    tcase_add_test(content, test_known_vocab);
    tcase_add_test(content, test_large);
    tcase_add_test(content, test_end_on_boundary);
    suite_add_tcase(suite, content);
    TCase *refusals = tcase_create("refusals");
    tcase_add_checked_fixture(refusals, NULL, remove_files);
    tcase_add_test(refusals, test_empty);
    tcase_add_test(refusals, test_nul_is_no_text);
    tcase_add_test(refusals, test_missing);
    suite_add_tcase(suite, refusals);
    TCase *checksum = tcase_create("checksum");
    tcase_add_checked_fixture(checksum, NULL, remove_files);
    tcase_add_test(checksum, test_checksum);
    tcase_add_test(checksum, test_hash_in_pieces);
    tcase_add_loop_test(checksum, test_hash, 0, (int)(sizeof hashes / sizeof hashes[0]));
    suite_add_tcase(suite, checksum);
    TCase *split = tcase_create("split");
    tcase_add_loop_test(split, test_split, 0, (int)(sizeof splittings / sizeof splittings[0]));
    tcase_add_test(split, test_split_whole);
    suite_add_tcase(suite, split);
    return suite;
}
