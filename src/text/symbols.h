/*
 * Symbols: the characters a model learns, as 32-bit codes.
 *
 * A code is a Unicode code point, decoded from a well-formed UTF-8 sequence (The Unicode Standard
 * 15.0, table 3-7: shortest form, no surrogates, at most U+10FFFF), or CHARNN_RAW_BYTE plus the
 * value of a byte from 0x80 on that is not part of such a sequence. Every string of bytes therefore
 * has codes, and encoding these gives the same bytes again.
 */
#ifndef CHARNN_TEXT_SYMBOLS_H
#define CHARNN_TEXT_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What makes one symbol. AUTO is a wish only: a corpus resolves it to one of the others. */
enum encoding {
    CHARNN_ENCODING_AUTO,  /* UTF8 where the whole text is well-formed UTF-8, else BYTES */
    CHARNN_ENCODING_UTF8,  /* a code point, or a byte that is part of none */
    CHARNN_ENCODING_BYTES, /* a byte: below 0x80 its value, else CHARNN_RAW_BYTE + its value */
};

enum {
    CHARNN_RAW_BYTE = 0x110000,
    CHARNN_SYMBOL_LIMIT = CHARNN_RAW_BYTE + 0x100, /* every code is below */
    CHARNN_SYMBOL_BYTES = 4,                       /* the longest sequence */
    CHARNN_SYMBOL_WORD = 8,                        /* bytes looked at together in fast paths */
    CHARNN_SYMBOL_DESCRIPTION = 32,                /* a buffer that fits every description */
};

/* Whether eight bytes are ASCII, each a symbol of its own: the fast path of every scan. */
static inline bool symbol_word_is_ascii(const unsigned char bytes[CHARNN_SYMBOL_WORD]) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return (word & 0x8080808080808080U) == 0;
}

/* symbol_decode() where bytes[0] >= 0x80 and the encoding is UTF8. */
size_t symbol_decode_sequence(const unsigned char *bytes, size_t size, uint32_t *code);

/* The code of the symbol at the start of `bytes`, and its length, 1 to 4. `size` >= 1. */
static inline size_t symbol_decode(enum encoding encoding, const unsigned char *bytes, size_t size,
                                   uint32_t *code) {
    if (bytes[0] < 0x80) {
        *code = bytes[0];
        return 1;
    }
    if (encoding == CHARNN_ENCODING_BYTES) {
        *code = (uint32_t)CHARNN_RAW_BYTE + bytes[0];
        return 1;
    }
    return symbol_decode_sequence(bytes, size, code);
}

/* The bytes that a valid code stands for; returns their number, 1 to 4. */
size_t symbol_encode(uint32_t code, unsigned char bytes[CHARNN_SYMBOL_BYTES]);

/* Whether a text of this encoding (UTF8 or BYTES) can contain the code. */
bool symbol_is_valid(enum encoding encoding, uint32_t code);

/*
 * A name for messages: 'é' (U+00E9), or U+000A alone where nothing visible could be shown, or
 * byte 0xFF. Cut to `size` bytes with the final NUL; CHARNN_SYMBOL_DESCRIPTION is enough for all.
 * Returns `buffer`.
 */
const char *symbol_describe(uint32_t code, char *buffer, size_t size);

/* Whether the whole text is well-formed UTF-8; an empty one is. */
bool text_is_utf8(const unsigned char *bytes, size_t size);

#endif
