#include "suites.h"

#include "text/vocab.h"

#include <stdlib.h>
#include <string.h>

static struct vocab *create(enum encoding encoding, const uint32_t *codes, size_t count) {
    struct error error = {0};
    struct vocab *vocab;
    ck_assert_int_eq(vocab_create(encoding, codes, count, &vocab, &error), CHARNN_OK);
    ck_assert_ptr_nonnull(vocab);
    return vocab;
}

static void check_refused(enum encoding encoding, const uint32_t *codes, size_t count,
                          const char *message) {
    struct error error = {0};
    struct vocab *vocab = NULL;
    ck_assert_int_eq(vocab_create(encoding, codes, count, &vocab, &error), CHARNN_ERROR_FORMAT);
    ck_assert_ptr_null(vocab);
    ck_assert_str_eq(error.message, message);
}

START_TEST(test_order_is_kept) {
    const uint32_t codes[] = {'z', 0x1F600, 'a', CHARNN_RAW_BYTE + 0xFF, 0, 0x10FFFF, 0xE9};
    size_t count = sizeof codes / sizeof codes[0];
    struct vocab *vocab = create(CHARNN_ENCODING_UTF8, codes, count);
    ck_assert_uint_eq(vocab_size(vocab), 7);
    ck_assert_int_eq(vocab_encoding(vocab), CHARNN_ENCODING_UTF8);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(vocab_find(vocab, codes[i]), (int)i);
        ck_assert_uint_eq(vocab_code(vocab, (int32_t)i), codes[i]);
    }
    ck_assert_mem_eq(vocab_codes(vocab), codes, sizeof codes);
    const uint32_t unknown[] = {'b',
                                1,
                                0xE8,
                                0x1F601,
                                0xD800,
                                0x110000,
                                CHARNN_RAW_BYTE + 0xFE,
                                CHARNN_SYMBOL_LIMIT,
                                CHARNN_SYMBOL_LIMIT + 'a',
                                UINT32_MAX};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        ck_assert_int_eq(vocab_find(vocab, unknown[i]), -1);
    }
    vocab_destroy(vocab);
    vocab_destroy(NULL);
}
END_TEST

START_TEST(test_unknown_symbol) {
    const uint32_t codes[] = {'a', CHARNN_SYMBOL_UNKNOWN, 0xE9};
    struct vocab *vocab = create(CHARNN_ENCODING_UTF8, codes, 3);
    ck_assert_int_eq(vocab_unknown(vocab), 1);
    const uint32_t known[] = {'a', CHARNN_SYMBOL_UNKNOWN, 0xE9};
    for (int32_t id = 0; id < 3; id++) {
        ck_assert_int_eq(vocab_find(vocab, known[id]), id);
        ck_assert(vocab_has(vocab, known[id]));
    }
    const uint32_t others[] = {'b', 0x4E00, CHARNN_RAW_BYTE + 0x80, CHARNN_SYMBOL_LIMIT,
                               UINT32_MAX};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        ck_assert_int_eq(vocab_find(vocab, others[i]), 1);
        ck_assert(!vocab_has(vocab, others[i]));
    }
    int32_t ids[4];
    size_t count;
    struct error error = {0};
    const unsigned char *text = (const unsigned char *)"a\xC3\xA9x";
    ck_assert_int_eq(vocab_encode_text(vocab, false, "the text", text, 3, ids, &count, &error),
                     CHARNN_OK);
    const int32_t expected[] = {0, 2};
    ck_assert_uint_eq(count, 2);
    ck_assert_mem_eq(ids, expected, sizeof expected);
    ck_assert_int_eq(vocab_encode_text(vocab, false, "the text", text, 4, ids, &count, &error),
                     CHARNN_ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "'x' (U+0078) at position 3"));
    vocab_destroy(vocab);

    vocab = create(CHARNN_ENCODING_BYTES, codes, 2);
    ck_assert_int_eq(vocab_unknown(vocab), 1);
    vocab_destroy(vocab);
    vocab = create(CHARNN_ENCODING_UTF8, codes, 1);
    ck_assert_int_eq(vocab_unknown(vocab), -1);
    ck_assert(!vocab_has(vocab, 'b'));
    vocab_destroy(vocab);
}
END_TEST

START_TEST(test_every_code) {
    uint32_t *codes = malloc(CHARNN_SYMBOL_LIMIT * sizeof *codes);
    ck_assert_ptr_nonnull(codes);
    size_t count = 0;
    for (uint32_t code = CHARNN_SYMBOL_LIMIT; code-- > 0;) {
        if (symbol_is_valid(CHARNN_ENCODING_UTF8, code)) {
            codes[count++] = code;
        }
    }
    struct vocab *vocab = create(CHARNN_ENCODING_UTF8, codes, count);
    ck_assert_uint_eq(vocab_size(vocab), 1112192);
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        wrong += vocab_find(vocab, codes[i]) != (int32_t)i;
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_int_eq(vocab_find(vocab, 0xD800), -1);
    ck_assert_int_eq(vocab_find(vocab, 0x110000), -1);
    vocab_destroy(vocab);
    free(codes);
}
END_TEST

START_TEST(test_refused) {
    check_refused(CHARNN_ENCODING_UTF8, NULL, 0, "the vocabulary is empty");
    const uint32_t twice[] = {'a', 0xE9, 'b', 0xE9};
    check_refused(CHARNN_ENCODING_UTF8, twice, 4,
                  "the vocabulary's entries 1 and 3 are both 'é' (U+00E9)");
    const uint32_t surrogate[] = {'a', 0xD800};
    check_refused(CHARNN_ENCODING_UTF8, surrogate, 2,
                  "the vocabulary's entry 1, 0xD800, is not the code of a character");
    const uint32_t beyond[] = {0xFFFFFFFF};
    check_refused(CHARNN_ENCODING_BYTES, beyond, 1,
                  "the vocabulary's entry 0, 0xFFFFFFFF, is not the code of a character");
    const uint32_t raw_ascii[] = {CHARNN_RAW_BYTE + 'a'};
    check_refused(CHARNN_ENCODING_BYTES, raw_ascii, 1,
                  "the vocabulary's entry 0, 0x110061, is not the code of a character");
    const uint32_t no_byte[] = {'a', 0xE9};
    check_refused(CHARNN_ENCODING_BYTES, no_byte, 2,
                  "the vocabulary's entry 1, 'é' (U+00E9), is not a byte, though the encoding is "
                  "bytes");
}
END_TEST

START_TEST(test_encode_text) {
    const uint32_t codes[] = {'c', 'a', 0xE9, CHARNN_RAW_BYTE + 0xFF, '\n'};
    struct vocab *vocab = create(CHARNN_ENCODING_UTF8, codes, 5);
    struct error error = {0};
    int32_t ids[16];
    size_t count = 99;
    const unsigned char text[] = "ca\xC3\xA9\xFF\nc";
    ck_assert_int_eq(vocab_encode_text(vocab, false, "the text", text, 7, ids, &count, &error),
                     CHARNN_OK);
    const int32_t expected[] = {0, 1, 2, 3, 4, 0};
    ck_assert_uint_eq(count, 6);
    ck_assert_mem_eq(ids, expected, sizeof expected);

    ck_assert_int_eq(vocab_encode_text(vocab, false, "the text", text, 0, ids, &count, &error),
                     CHARNN_OK);
    ck_assert_uint_eq(count, 0);
    vocab_destroy(vocab);
}
END_TEST

static void check_unknown(const struct vocab *vocab, const char *text, const char *message) {
    struct error error = {0};
    int32_t ids[16];
    size_t count;
    ck_assert_int_eq(vocab_encode_text(vocab, false, "the prime text", (const unsigned char *)text,
                                       strlen(text), ids, &count, &error),
                     CHARNN_ERROR_DATA);
    ck_assert_str_eq(error.message, message);
}

START_TEST(test_encode_unknown) {
    const uint32_t codes[] = {'c', 'a', 0xE8, CHARNN_RAW_BYTE + 0xFE};
    struct vocab *vocab = create(CHARNN_ENCODING_UTF8, codes, 4);
    check_unknown(vocab, "\xC3\xA8\xC3\xA8\xC3\xA9",
                  "the prime text has a character the model has not seen: 'é' (U+00E9) at "
                  "position 3; leave it out or replace it");
    check_unknown(vocab, "\n",
                  "the prime text has a character the model has not seen: U+000A at position 1; "
                  "leave it out or replace it");
    check_unknown(vocab, "ca\xFE\xFF",
                  "the prime text has a character the model has not seen: byte 0xFF at position 4; "
                  "leave it out or replace it");
    vocab_destroy(vocab);
}
END_TEST

START_TEST(test_encode_bytes) {
    const uint32_t codes[] = {CHARNN_RAW_BYTE + 0xA9, CHARNN_RAW_BYTE + 0xC3};
    struct vocab *vocab = create(CHARNN_ENCODING_BYTES, codes, 2);
    struct error error = {0};
    int32_t ids[4];
    size_t count;
    const unsigned char text[] = "\xC3\xA9";
    ck_assert_int_eq(vocab_encode_text(vocab, false, "the text", text, 2, ids, &count, &error),
                     CHARNN_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(ids[0], 1);
    ck_assert_int_eq(ids[1], 0);
    vocab_destroy(vocab);
}
END_TEST

Suite *vocab_suite(void) {
    Suite *suite = suite_create("vocab");
    TCase *find = tcase_create("find");
    tcase_add_test(find, test_order_is_kept);
    tcase_add_test(find, test_unknown_symbol);
    tcase_add_test(find, test_every_code);
    tcase_add_test(find, test_refused);
    suite_add_tcase(suite, find);
    TCase *encode = tcase_create("encode");
    tcase_add_test(encode, test_encode_text);
    tcase_add_test(encode, test_encode_unknown);
    tcase_add_test(encode, test_encode_bytes);
    suite_add_tcase(suite, encode);
    return suite;
}
