#include "suites.h"

#include "base/random.h"
#include "text/census.h"
#include "text/symbols.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *bytes;
    size_t size;
    size_t length; /* of the first symbol */
    uint32_t code;
} decodings[] = {
    {"A", 1, 1, 'A'},
    {"\0B", 2, 1, 0},
    {"\x7F", 1, 1, 0x7F},
    {"\xC2\x80", 2, 2, 0x80},
    {"\xC3\xA9z", 3, 2, 0xE9},
    {"\xDF\xBF", 2, 2, 0x7FF},
    {"\xE0\xA0\x80", 3, 3, 0x800},
    {"\xE2\x82\xAC", 3, 3, 0x20AC},
    {"\xED\x9F\xBF", 3, 3, 0xD7FF},
    {"\xEE\x80\x80", 3, 3, 0xE000},
    {"\xEF\xBF\xBF", 3, 3, 0xFFFF},
    {"\xF0\x90\x80\x80", 4, 4, 0x10000},
    {"\xF0\x9F\x98\x80", 4, 4, 0x1F600},
    {"\xF4\x8F\xBF\xBF", 4, 4, 0x10FFFF},
    /* malformed: only the first byte is decoded */
    {"\x80", 1, 1, CHARNN_RAW_BYTE + 0x80},
    {"\xBF\x80", 2, 1, CHARNN_RAW_BYTE + 0xBF},
    {"\xC0\x80", 2, 1, CHARNN_RAW_BYTE + 0xC0},
    {"\xC1\xBF", 2, 1, CHARNN_RAW_BYTE + 0xC1},
    {"\xC3", 1, 1, CHARNN_RAW_BYTE + 0xC3},
    {"\xC3(", 2, 1, CHARNN_RAW_BYTE + 0xC3},
    {"\xC3\xC3", 2, 1, CHARNN_RAW_BYTE + 0xC3},
    {"\xE0\x9F\xBF", 3, 1, CHARNN_RAW_BYTE + 0xE0},
    {"\xE2\x82", 2, 1, CHARNN_RAW_BYTE + 0xE2},
    {"\xE2\x82z", 3, 1, CHARNN_RAW_BYTE + 0xE2},
    {"\xED\xA0\x80", 3, 1, CHARNN_RAW_BYTE + 0xED},
    {"\xED\xBF\xBF", 3, 1, CHARNN_RAW_BYTE + 0xED},
    {"\xF0\x8F\xBF\xBF", 4, 1, CHARNN_RAW_BYTE + 0xF0},
    {"\xF0\x9F\x98", 3, 1, CHARNN_RAW_BYTE + 0xF0},
    {"\xF4\x90\x80\x80", 4, 1, CHARNN_RAW_BYTE + 0xF4},
    {"\xF5\x80\x80\x80", 4, 1, CHARNN_RAW_BYTE + 0xF5},
    {"\xFF", 1, 1, CHARNN_RAW_BYTE + 0xFF},
};

START_TEST(test_decode) {
    const unsigned char *bytes = (const unsigned char *)decodings[_i].bytes;
    uint32_t code = 0xDEAD;
    size_t length = symbol_decode(CHARNN_ENCODING_UTF8, bytes, decodings[_i].size, &code);
    ck_assert_uint_eq(length, decodings[_i].length);
    ck_assert_uint_eq(code, decodings[_i].code);
    ck_assert(symbol_is_valid(CHARNN_ENCODING_UTF8, code));

    unsigned char again[CHARNN_SYMBOL_BYTES];
    ck_assert_uint_eq(symbol_encode(code, again), length);
    ck_assert_mem_eq(again, bytes, length);

    bool whole = length == decodings[_i].size && code < CHARNN_RAW_BYTE;
    if (whole) {
        ck_assert_uint_eq(utf8_prefix(bytes, length), length);
    } else if (code >= CHARNN_RAW_BYTE) {
        ck_assert_uint_eq(utf8_prefix(bytes, decodings[_i].size), 0);
    }
}
END_TEST

START_TEST(test_decode_bytes) {
    for (unsigned byte = 0; byte < 256; byte++) {
        unsigned char text[2] = {(unsigned char)byte, 0xA9};
        uint32_t code;
        ck_assert_uint_eq(symbol_decode(CHARNN_ENCODING_BYTES, text, 2, &code), 1);
        ck_assert_uint_eq(code, byte < 0x80 ? byte : CHARNN_RAW_BYTE + byte);
        ck_assert(symbol_is_valid(CHARNN_ENCODING_BYTES, code));
        unsigned char again[CHARNN_SYMBOL_BYTES];
        ck_assert_uint_eq(symbol_encode(code, again), 1);
        ck_assert_uint_eq(again[0], byte);
    }
}
END_TEST

START_TEST(test_every_code_point) {
    size_t valid = 0;
    size_t wrong = 0; /* one check in total, to save time */
    for (uint32_t code = 0; code < CHARNN_SYMBOL_LIMIT + 0x100; code++) {
        if (!symbol_is_valid(CHARNN_ENCODING_UTF8, code)) {
            continue;
        }
        valid++;
        unsigned char bytes[CHARNN_SYMBOL_BYTES];
        size_t length = symbol_encode(code, bytes);
        uint32_t again = 0;
        wrong += symbol_decode(CHARNN_ENCODING_UTF8, bytes, length, &again) != length;
        wrong += again != code;
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(valid, 0x110000 - 0x800 + 0x80);
}
END_TEST

START_TEST(test_is_valid) {
    ck_assert(!symbol_is_valid(CHARNN_ENCODING_UTF8, 0xD800));
    ck_assert(!symbol_is_valid(CHARNN_ENCODING_UTF8, 0xDFFF));
    ck_assert(!symbol_is_valid(CHARNN_ENCODING_UTF8, CHARNN_RAW_BYTE + 0x7F));
    ck_assert(!symbol_is_valid(CHARNN_ENCODING_UTF8, CHARNN_SYMBOL_LIMIT));
    ck_assert(!symbol_is_valid(CHARNN_ENCODING_UTF8, UINT32_MAX));
    ck_assert(!symbol_is_valid(CHARNN_ENCODING_BYTES, 0x80));
    ck_assert(!symbol_is_valid(CHARNN_ENCODING_BYTES, 0xE9));
    ck_assert(symbol_is_valid(CHARNN_ENCODING_BYTES, 0x7F));
    ck_assert(symbol_is_valid(CHARNN_ENCODING_BYTES, CHARNN_RAW_BYTE + 0xFF));
}
END_TEST

/* Sequences that are well-formed, truncated, overlong, surrogates or nonsense. */
static const char *const pieces[] = {
    "a",
    " the quick brown fox",
    "\xC3\xA9",
    "\xD0\xB6\xD1\x88\xD0\xB8",
    "\xE2\x82",
    "\xE2\x82\xAC",
    "\xF0\x9F",
    "\xF0\x9F\x98\x80",
    "\xC0\xAF",
    "\xE0\x80\xAF",
    "\xED\xA0",
    "\xED\xA0\xBD\xED\xB8\x80",
    "\r\n",
    "\r",
    "\xE4\xB8\x80\xE4\xB8\x81\xE4\xB8\x82\xE4\xB8\x83\xF0\x9F\x98\x80",
    "\xFF\xFE",
    "\xF4\x90\x80\x80",
    "\x80\x80",
    "\xF8\x88\x80\x80\x80",
};

enum { ADVERSARIAL_MOST = 800, PIECES = sizeof pieces / sizeof pieces[0] };

/* Makes a text of such sequences, NUL bytes and random bytes from `trial`; returns its size. */
static size_t make_adversarial(uint32_t trial, unsigned char text[ADVERSARIAL_MOST]) {
    size_t size = 0;
    for (uint32_t i = 0; i < 24; i++) {
        uint32_t words[4];
        random_words(1, CHARNN_RANDOM_SAMPLE, trial, i, 0, words);
        if (words[0] % 3 == 0) {
            for (uint32_t k = 0; k < words[1] % 4; k++) {
                text[size++] = (unsigned char)(words[2] >> (8 * k));
            }
            text[size++] = 0;
        } else {
            const char *piece = pieces[words[1] % PIECES];
            memcpy(text + size, piece, strlen(piece));
            size += strlen(piece);
        }
    }
    return size;
}

/* Replaces CR LF by LF; returns the size. */
static size_t join_newlines(const unsigned char *text, size_t size, unsigned char *joined) {
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\r' || i + 1 == size || text[i + 1] != '\n') {
            joined[kept++] = text[i];
        }
    }
    return kept;
}

/* Decodes a text, checks that encoding restores it, and returns the number of codes. */
static size_t round_trip(enum encoding encoding, const unsigned char *text, size_t size,
                         uint32_t *codes) {
    size_t count = 0;
    size_t wrong = 0;
    for (size_t offset = 0; offset < size; count++) {
        size_t length = symbol_decode(encoding, text + offset, size - offset, &codes[count]);
        wrong += length > size - offset;
        unsigned char bytes[CHARNN_SYMBOL_BYTES];
        wrong += !symbol_is_valid(encoding, codes[count]);
        wrong += symbol_encode(codes[count], bytes) != length;
        wrong += memcmp(bytes, text + offset, length) != 0;
        offset += length;
    }
    ck_assert_uint_eq(wrong, 0);
    return count;
}

START_TEST(test_round_trip) {
    enum encoding encoding = _i == 0 ? CHARNN_ENCODING_UTF8 : CHARNN_ENCODING_BYTES;
    for (uint32_t trial = 0; trial < 1000; trial++) {
        unsigned char text[ADVERSARIAL_MOST];
        uint32_t codes[ADVERSARIAL_MOST];
        size_t size = make_adversarial(trial, text);
        /* an exact copy: a sanitizer finds a read beyond it */
        unsigned char *exact = malloc(size);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, text, size);
        size_t count = round_trip(encoding, exact, size, codes);
        if (encoding == CHARNN_ENCODING_UTF8) {
            size_t offset = 0;
            for (size_t i = 0; i < count && codes[i] < CHARNN_RAW_BYTE; i++) {
                unsigned char bytes[CHARNN_SYMBOL_BYTES];
                offset += symbol_encode(codes[i], bytes);
            }
            ck_assert_uint_eq(utf8_prefix(exact, size), offset);
        } else {
            ck_assert_uint_eq(count, size);
        }
        free(exact);
    }
}
END_TEST

static void check_description(uint32_t code, const char *expected) {
    char buffer[CHARNN_SYMBOL_DESCRIPTION];
    ck_assert_str_eq(symbol_describe(code, buffer, sizeof buffer), expected);
    char small[6];
    ck_assert_ptr_eq(symbol_describe(code, small, sizeof small), small);
    ck_assert_uint_le(strlen(small), 5);
}

START_TEST(test_describe) {
    check_description('a', "'a' (U+0061)");
    check_description(' ', "' ' (U+0020)");
    check_description(0xE9, "'é' (U+00E9)");
    check_description(0x20AC, "'€' (U+20AC)");
    check_description(0x1F600, "'😀' (U+1F600)");
    check_description(0, "U+0000");
    check_description('\n', "U+000A");
    check_description(0x7F, "U+007F");
    check_description(0x85, "U+0085");
    check_description(0x301, "U+0301");
    check_description(0x202E, "U+202E");
    check_description(0xFEFF, "U+FEFF");
    check_description(0x10FFFF, "U+10FFFF");
    check_description(CHARNN_RAW_BYTE + 0xFF, "byte 0xFF");
    check_description(CHARNN_RAW_BYTE + 0x80, "byte 0x80");
    check_description(CHARNN_SYMBOL_UNKNOWN, "the unknown character");
}
END_TEST

START_TEST(test_utf8_ends_at_any_place) {
    unsigned char text[40];
    for (size_t size = 1; size <= sizeof text; size++) {
        for (size_t place = 0; place < size; place++) {
            memset(text, 'x', sizeof text);
            ck_assert_uint_eq(utf8_prefix(text, size), size);
            text[place] = 0xFF;
            ck_assert_uint_eq(utf8_prefix(text, size), place);
            text[place] = 0xC3;
            ck_assert_uint_eq(utf8_prefix(text, size), place);
            if (place + 1 < size) {
                text[place + 1] = 0xA9;
                ck_assert_uint_eq(utf8_prefix(text, size), size);
            }
        }
    }
    ck_assert_uint_eq(utf8_prefix(text, 0), 0);
}
END_TEST

/* Takes a census in steps of `limit` symbols and compares it with plain decoding. */
static void check_census(enum encoding encoding, bool join, const unsigned char *text, size_t size,
                         size_t limit) {
    static unsigned char seen[CHARNN_SYMBOL_LIMIT];
    uint32_t codes[ADVERSARIAL_MOST];
    unsigned char joined[ADVERSARIAL_MOST];
    memcpy(joined, text, size);
    size_t expected =
        round_trip(encoding, joined, join ? join_newlines(text, size, joined) : size, codes);
    struct error error = {0};
    struct census *census;
    ck_assert_int_eq(census_create(encoding, join, &census, &error), CHARNN_OK);
    size_t count = 0;
    for (size_t offset = 0, before = 0; offset < size; before = count) {
        offset += census_add(census, text + offset, size - offset, limit, &count);
        ck_assert_uint_eq(count, before + limit < expected ? before + limit : expected);
    }
    ck_assert_uint_eq(count, expected);

    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < expected; i++) {
        seen[codes[i]] = 1;
    }
    size_t different = census_codes(census, codes);
    ck_assert_uint_eq(census_codes(census, NULL), different);
    for (size_t i = 0; i < different; i++) {
        ck_assert(i == 0 || codes[i] > codes[i - 1]);
        ck_assert_uint_eq(seen[codes[i]], 1);
        seen[codes[i]] = 0;
    }
    ck_assert_ptr_null(memchr(seen, 1, sizeof seen));
    ck_assert_int_eq(census_has_raw_bytes(census),
                     different > 0 && codes[different - 1] >= CHARNN_RAW_BYTE);
    census_destroy(census);
}

START_TEST(test_census) {
    for (uint32_t trial = 0; trial < 40; trial++) {
        unsigned char text[ADVERSARIAL_MOST];
        size_t size = make_adversarial(trial, text);
        check_census(CHARNN_ENCODING_UTF8, trial % 2 == 1, text, size, 1 + trial);
        check_census(CHARNN_ENCODING_BYTES, trial % 2 == 1, text, size, 1 + trial);
    }
}
END_TEST

/* A few symbols of every length in every order, intact and with one damaged byte. */
START_TEST(test_census_of_all_lengths) {
    static const uint32_t bases[] = {'a', 0x400, 0x4E00, 0x1F600};
    unsigned char text[64];
    for (uint32_t order = 0; order < 65536; order += 331) {
        size_t size = 0;
        for (uint32_t i = 0; i < 12; i++) {
            size += symbol_encode(bases[(order >> (2 * (i % 8))) & 3] + i, text + size);
        }
        check_census(CHARNN_ENCODING_UTF8, false, text, size, 100);
        if (order % 5 == 0) {
            text[order % size] ^= (unsigned char)(1 << order % 8);
            check_census(CHARNN_ENCODING_UTF8, false, text, size, 5);
        }
    }
}
END_TEST

/* One- and two-byte symbols at every alignment to the words of the fast path. */
START_TEST(test_census_two_bytes) {
    unsigned char text[48];
    for (uint32_t pattern = 0; pattern < 4096; pattern += 61) {
        size_t size = 0;
        for (uint32_t i = 0; i < 16; i++) {
            if (((pattern >> (i % 12)) & 1) != 0) {
                size += symbol_encode(0x80 + (pattern * 31 + i * 97) % 0x780, text + size);
            } else {
                text[size++] = (unsigned char)((pattern + i * 5) % 0x80);
            }
        }
        check_census(CHARNN_ENCODING_UTF8, false, text, size, 100);
        text[pattern % size] = (unsigned char)(0xC0 + pattern % 0x40);
        check_census(CHARNN_ENCODING_UTF8, false, text, size, 100);
    }
}
END_TEST

Suite *symbols_suite(void) {
    Suite *suite = suite_create("symbols");
    TCase *decode = tcase_create("decode");
    tcase_add_loop_test(decode, test_decode, 0, (int)(sizeof decodings / sizeof decodings[0]));
    tcase_add_test(decode, test_decode_bytes);
    tcase_add_test(decode, test_every_code_point);
    tcase_add_test(decode, test_is_valid);
    tcase_add_loop_test(decode, test_round_trip, 0, 2);
    tcase_add_test(decode, test_utf8_ends_at_any_place);
    tcase_add_test(decode, test_describe);
    suite_add_tcase(suite, decode);
    TCase *census = tcase_create("census");
    tcase_add_test(census, test_census);
    tcase_add_test(census, test_census_two_bytes);
    tcase_add_test(census, test_census_of_all_lengths);
    suite_add_tcase(suite, census);
    return suite;
}
