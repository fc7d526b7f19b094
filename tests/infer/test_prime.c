/* Encoding a prime with out-of-vocabulary symbols, and allowed symbols. */
#include "base/memory.h"
#include "infer/allowed.h"
#include "infer/prime.h"
#include "suites.h"

#include <string.h>

static const uint32_t codes[4] = {'a', 'b', ' ', 0xE9};

static struct vocab *create_vocab(size_t count) {
    struct error error = {0};
    struct vocab *vocab;
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, count, &vocab, &error), CHARNN_OK);
    return vocab;
}

static size_t encode(const struct vocab *vocab, const char *text, int32_t replacement, int32_t *ids,
                     struct oov_report *unknown) {
    return prime_encode(vocab, false, (const unsigned char *)text, strlen(text), replacement, ids,
                        unknown);
}

START_TEST(encodes_known_text) {
    static const int32_t expected[4] = {3, 0, 2, 1};
    struct vocab *vocab = create_vocab(4);
    struct oov_report unknown;
    int32_t ids[8];
    ck_assert_uint_eq(encode(vocab, "\303\251a b", 2, ids, &unknown), 4);
    ck_assert_mem_eq(ids, expected, sizeof expected);
    ck_assert_uint_eq(unknown.count, 0);
    ck_assert_str_eq(unknown.named, "");
    ck_assert_uint_eq(encode(vocab, "", -1, ids, &unknown), 0);
    vocab_destroy(vocab);
}
END_TEST

START_TEST(unknown_is_skipped_or_replaced) {
    static const int32_t skipped[2] = {3, 1};
    static const int32_t replaced[5] = {3, 2, 2, 1, 2};
    struct vocab *vocab = create_vocab(4);
    struct oov_report unknown;
    int32_t ids[8];
    static const char text[] = "\303\251Q\377b\001";
    ck_assert_uint_eq(encode(vocab, text, -1, ids, &unknown), 2);
    ck_assert_mem_eq(ids, skipped, sizeof skipped);
    ck_assert_uint_eq(unknown.count, 3);
    ck_assert_str_eq(unknown.named, "'Q' (U+0051) at position 2, byte 0xFF at position 3, U+0001 "
                                    "at position 5");
    ck_assert_uint_eq(encode(vocab, text, prime_replacement(vocab), ids, &unknown), 5);
    ck_assert_mem_eq(ids, replaced, sizeof replaced);
    ck_assert_uint_eq(unknown.count, 3);
    vocab_destroy(vocab);
    vocab = create_vocab(2);
    ck_assert_int_eq(prime_replacement(vocab), -1);
    vocab_destroy(vocab);
}
END_TEST

START_TEST(names_a_few_unknown) {
    struct vocab *vocab = create_vocab(4);
    struct oov_report unknown;
    int32_t ids[8];
    ck_assert_uint_eq(encode(vocab, "ZYXWVUTS", -1, ids, &unknown), 0);
    ck_assert_uint_eq(unknown.count, 8);
    ck_assert_ptr_nonnull(strstr(unknown.named, "'V' (U+0056) at position 5 and others"));
    vocab_destroy(vocab);
}
END_TEST

static void check_allowed(const struct vocab *vocab, const char *only, const char *forbid,
                          const char *expected) {
    struct error error = {0};
    bool *allowed;
    ck_assert_int_eq(allowed_create(vocab, only, forbid, &allowed, &error), CHARNN_OK);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(allowed[i], expected[i] == '+');
    }
    memory_free(allowed);
}

START_TEST(byte_order_mark_and_returns_are_skipped) {
    static const int32_t expected[3] = {0, 2, 1};
    static const unsigned char text[8] = "\357\273\277a b\r\n";
    struct vocab *vocab = create_vocab(4);
    struct oov_report unknown;
    int32_t ids[8];
    ck_assert_uint_eq(prime_encode(vocab, true, text, 8, -1, ids, &unknown), 3);
    ck_assert_mem_eq(ids, expected, sizeof expected);
    ck_assert_str_eq(unknown.named, "U+000A at position 4");
    ck_assert_uint_eq(prime_encode(vocab, false, text, 8, -1, ids, &unknown), 3);
    ck_assert_str_eq(unknown.named,
                     "U+FEFF at position 1, U+000D at position 5, U+000A at position 6");
    vocab_destroy(vocab);
}
END_TEST

START_TEST(allowed_symbols) {
    struct error error = {0};
    struct vocab *vocab = create_vocab(4);
    bool *allowed = (void *)&error;
    ck_assert_int_eq(allowed_create(vocab, "", "", &allowed, &error), CHARNN_OK);
    ck_assert_ptr_null(allowed);
    check_allowed(vocab, "", "b", "+-++");
    check_allowed(vocab, "", "Q", "++++");
    check_allowed(vocab, "b\303\251", "", "-+-+");
    check_allowed(vocab, "ab\303\251Q", "bQ", "+--+");
    allowed = (void *)&error;
    ck_assert_int_eq(allowed_create(vocab, "QZ", "", &allowed, &error), CHARNN_ERROR_DATA);
    ck_assert_ptr_null(allowed);
    ck_assert_int_eq(allowed_create(vocab, "", "ab \303\251", &allowed, &error), CHARNN_ERROR_DATA);
    vocab_destroy(vocab);
}
END_TEST

START_TEST(unknown_symbol_is_read_but_not_written) {
    static const uint32_t with_unknown[4] = {'a', 'b', ' ', CHARNN_SYMBOL_UNKNOWN};
    static const int32_t replaced[3] = {0, 3, 1};
    struct error error = {0};
    struct vocab *vocab;
    struct oov_report unknown;
    int32_t ids[8];
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, with_unknown, 4, &vocab, &error),
                     CHARNN_OK);
    ck_assert_int_eq(prime_replacement(vocab), 3);
    ck_assert_uint_eq(encode(vocab, "aQb", prime_replacement(vocab), ids, &unknown), 3);
    ck_assert_mem_eq(ids, replaced, sizeof replaced);
    ck_assert_str_eq(unknown.named, "'Q' (U+0051) at position 2");
    check_allowed(vocab, "", "", "+++-");
    check_allowed(vocab, "aQ", "", "+---");
    check_allowed(vocab, "", "Qb", "+-+-");
    vocab_destroy(vocab);
}
END_TEST

Suite *prime_suite(void) {
    Suite *suite = suite_create("prime");
    TCase *prime = tcase_create("prime");
    tcase_add_test(prime, encodes_known_text);
    tcase_add_test(prime, unknown_is_skipped_or_replaced);
    tcase_add_test(prime, names_a_few_unknown);
    tcase_add_test(prime, byte_order_mark_and_returns_are_skipped);
    tcase_add_test(prime, allowed_symbols);
    tcase_add_test(prime, unknown_symbol_is_read_but_not_written);
    suite_add_tcase(suite, prime);
    return suite;
}
