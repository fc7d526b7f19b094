/* Stop texts, compared with a search at every symbol. */
#include "infer/stops.h"
#include "suites.h"

#include <string.h>

enum { SYMBOLS = 4 };

static const uint32_t codes[SYMBOLS] = {'a', 'b', '\n', 0x20AC}; /* the last has three bytes */

static struct vocab *create_vocab(void) {
    struct error error = {0};
    struct vocab *vocab;
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, SYMBOLS, &vocab, &error), CHARNN_OK);
    return vocab;
}

static struct stops *create(const struct vocab *vocab, const struct text_list *texts) {
    struct error error = {0};
    struct stops *stops;
    enum status status = stops_create(texts, vocab, false, NULL, &stops, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    return stops;
}

static bool ends_with(const char *text, size_t size, const char *end) {
    size_t length = strlen(end);
    return length <= size && memcmp(text + size - length, end, length) == 0;
}

/* The longest proper prefix of a stop text that the text ends with. */
static size_t naive_pending(const char *text, size_t size, const struct text_list *stops) {
    size_t most = 0;
    for (size_t s = 0; s < stops->count; s++) {
        for (size_t length = strlen(stops->texts[s]) - 1; length > most; length--) {
            if (length <= size && memcmp(text + size - length, stops->texts[s], length) == 0 &&
                ((unsigned char)stops->texts[s][length] & 0xC0) != 0x80) {
                most = length;
            }
        }
    }
    return most;
}

static void check_list(const struct text_list *list) {
    struct vocab *vocab = create_vocab();
    struct stops *stops = create(vocab, list);
    struct stop_watch watch = {0};
    char text[4 * 400 + 1];
    size_t size = 0;
    uint32_t state = 5;
    for (size_t i = 0; i < 400; i++) {
        unsigned char bytes[CHARNN_SYMBOL_BYTES];
        state = state * 1664525 + 1013904223;
        int32_t id = (int32_t)((state >> 24) * (i < 200 ? 2U : SYMBOLS) >> 8);
        size_t length = symbol_encode(codes[id], bytes);
        memcpy(text + size, bytes, length);
        size += length;
        size_t expected = 0;
        for (size_t s = 0; s < list->count; s++) {
            size_t stop = strlen(list->texts[s]);
            expected = ends_with(text, size, list->texts[s]) && stop > expected ? stop : expected;
        }
        ck_assert_uint_eq(stops_advance(stops, &watch, id, SIZE_MAX), expected);
        ck_assert_uint_eq(stops_pending(stops, &watch), naive_pending(text, size, list));
    }
    stops_destroy(stops);
    vocab_destroy(vocab);
}

START_TEST(found_wherever_they_occur) {
    static const struct text_list lists[] = {
        {0},
        {1, {"a"}},
        {1, {"aabaa"}},
        {3, {"ab", "abab", "bb"}},
        {2, {"a\342\202\254", "\n\n"}},
        {4, {"aaa", "aa", "b\n", "abb"}},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        check_list(&lists[i]);
    }
}
END_TEST

START_TEST(lengths_are_bytes) {
    struct vocab *vocab = create_vocab();
    struct stops *none = create(vocab, &(struct text_list){0});
    struct stops *two = create(vocab, &(struct text_list){2, {"ab", "\342\202\254\342\202\254"}});
    struct stop_watch watch = {0};
    ck_assert_uint_eq(stops_advance(none, &watch, 3, SIZE_MAX), 0);
    ck_assert_uint_eq(stops_advance(two, &watch, 3, SIZE_MAX), 0);
    ck_assert_uint_eq(stops_advance(two, &watch, 3, SIZE_MAX), 6);
    struct stops *nested = create(vocab, &(struct text_list){2, {"aa", "a"}});
    struct stop_watch fresh = {0};
    ck_assert_uint_eq(stops_advance(nested, &fresh, 0, 0), 0); /* too long, but not forgotten */
    ck_assert_uint_eq(stops_advance(nested, &fresh, 0, 1), 1);
    ck_assert_uint_eq(stops_advance(nested, &fresh, 0, 2), 2);
    stops_destroy(nested);
    stops_destroy(two);
    stops_destroy(none);
    stops_destroy(NULL);
    vocab_destroy(vocab);
}
END_TEST

START_TEST(newlines_are_joined) {
    struct vocab *vocab = create_vocab();
    struct error error = {0};
    struct stops *stops;
    struct stop_watch watch = {0};
    const struct text_list list = {1, {"a\r\n"}};
    ck_assert_int_eq(stops_create(&list, vocab, true, NULL, &stops, &error), CHARNN_OK);
    ck_assert_uint_eq(stops_advance(stops, &watch, 0, SIZE_MAX), 0);
    ck_assert_uint_eq(stops_advance(stops, &watch, 2, SIZE_MAX), 2);
    stops_destroy(stops);
    ck_assert_int_eq(stops_create(&list, vocab, false, NULL, &stops, &error), CHARNN_ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "U+000D at position 2"));
    vocab_destroy(vocab);
}
END_TEST

START_TEST(refuses_what_can_never_occur) {
    struct vocab *vocab = create_vocab();
    struct error error = {0};
    struct stops *stops = (void *)&error;
    ck_assert_int_eq(
        stops_create(&(struct text_list){2, {"a", "abc"}}, vocab, false, NULL, &stops, &error),
        CHARNN_ERROR_DATA);
    ck_assert_ptr_null(stops);
    ck_assert_ptr_nonnull(strstr(error.message, "'abc'"));
    ck_assert_ptr_nonnull(strstr(error.message, "position 3"));
    const bool allowed[SYMBOLS] = {true, false, true, true};
    ck_assert_int_eq(
        stops_create(&(struct text_list){2, {"a", "ab"}}, vocab, false, allowed, &stops, &error),
        CHARNN_ERROR_DATA);
    ck_assert_ptr_null(stops);
    ck_assert_str_eq(
        error.message,
        "the stop text 'ab' can never occur: 'b' (U+0062) at position 2 is not allowed");
    vocab_destroy(vocab);
}
END_TEST

Suite *stops_suite(void) {
    Suite *suite = suite_create("stops");
    TCase *stops = tcase_create("stops");
    tcase_add_test(stops, found_wherever_they_occur);
    tcase_add_test(stops, lengths_are_bytes);
    tcase_add_test(stops, newlines_are_joined);
    tcase_add_test(stops, refuses_what_can_never_occur);
    suite_add_tcase(suite, stops);
    return suite;
}
