/* UTF-8: which bytes are well-formed (The Unicode Standard 15.0, table 3-7: shortest form, no
 * surrogates, at most U+10FFFF), decoded and encoded. */
#ifndef CHARNN_BASE_UTF8_H
#define CHARNN_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    CHARNN_UTF8_BYTES = 4, /* the longest sequence */
    CHARNN_UTF8_WORD = 8,  /* bytes that fast paths read at once */
};

/* Whether eight bytes are ASCII. */
static inline bool utf8_word_is_ascii(const unsigned char bytes[CHARNN_UTF8_WORD]) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return (word & 0x8080808080808080U) == 0;
}

static inline bool utf8_is_surrogate(uint32_t code) {
    return code >= 0xD800 && code <= 0xDFFF;
}

/* Decodes the code point at the start of bytes[size], size >= 1. Returns the length of its
 * sequence, 1 to 4, or 0 (and any *code) if there is no well-formed one. */
size_t utf8_decode(const unsigned char *bytes, size_t size, uint32_t *code);

/* Encodes a code point; returns the length of its sequence. */
size_t utf8_encode(uint32_t code, unsigned char bytes[CHARNN_UTF8_BYTES]);

/* Length of the longest well-formed beginning of bytes[size]. */
size_t utf8_prefix(const unsigned char *bytes, size_t size);

/* Whether a string is well-formed. */
bool utf8_is_valid(const char *text);

/* `length` without a sequence that text[length] cuts off. */
size_t utf8_trim(const char *text, size_t length);

/* Length of the byte order mark, U+FEFF, at the start of bytes[size]: 3, or 0 if there is none. */
size_t utf8_bom_size(const unsigned char *bytes, size_t size);

#endif
