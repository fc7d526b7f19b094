/*
 * Symbols: the characters a model learns, as 32-bit codes.
 *
 * The code of a well-formed UTF-8 sequence (base/utf8.h) is its code point. The code of any other
 * byte, which is >= 0x80, is CHARNN_RAW_BYTE plus its value. So every byte string has codes, and
 * encoding these restores it.
 *
 * Two special codes stand for no particular character: the unknown symbol of a vocabulary
 * (text/vocab.h), and the end symbol between records (text/corpus.h).
 */
#ifndef CHARNN_TEXT_SYMBOLS_H
#define CHARNN_TEXT_SYMBOLS_H

#include "base/utf8.h"

/* What a symbol is. AUTO is a request that a corpus resolves to one of the others. */
enum encoding {
    CHARNN_ENCODING_AUTO,  /* UTF8 if the whole text is well-formed UTF-8, else BYTES */
    CHARNN_ENCODING_UTF8,  /* a code point, or a byte outside any */
    CHARNN_ENCODING_BYTES, /* a byte: below 0x80 its value, else CHARNN_RAW_BYTE + its value */
};

enum {
    CHARNN_RAW_BYTE = 0x110000,
    CHARNN_SYMBOL_UNKNOWN = CHARNN_RAW_BYTE, /* 0 is no raw byte */
    CHARNN_SYMBOL_END = CHARNN_RAW_BYTE + 1,
    CHARNN_SYMBOL_LIMIT = CHARNN_RAW_BYTE + 0x100, /* every code is below */
    CHARNN_SYMBOL_BYTES = CHARNN_UTF8_BYTES,       /* the longest sequence */
    CHARNN_SYMBOL_DESCRIPTION = 32,                /* buffer for any description */
};

/* The code of the symbol at the start of `bytes`, and its length, 1 to 4. `size` >= 1. */
static inline size_t symbol_decode(enum encoding encoding, const unsigned char *bytes, size_t size,
                                   uint32_t *code) {
    if (bytes[0] < 0x80) {
        *code = bytes[0];
        return 1;
    }
    size_t length = encoding == CHARNN_ENCODING_UTF8 ? utf8_decode(bytes, size, code) : 0;
    if (length == 0) {
        *code = (uint32_t)CHARNN_RAW_BYTE + bytes[0];
        return 1;
    }
    return length;
}

/* symbol_decode(), but with `join_newlines` CR LF is one symbol, LF. */
static inline size_t symbol_decode_joined(enum encoding encoding, bool join_newlines,
                                          const unsigned char *bytes, size_t size, uint32_t *code) {
    if (join_newlines && bytes[0] == '\r' && size >= 2 && bytes[1] == '\n') {
        *code = '\n';
        return 2;
    }
    return symbol_decode(encoding, bytes, size, code);
}

/* Whether a code is the unknown symbol or the end symbol. */
static inline bool symbol_is_special(uint32_t code) {
    return code == CHARNN_SYMBOL_UNKNOWN || code == CHARNN_SYMBOL_END;
}

/* Whether a line ends with the code: a newline or the end symbol. */
static inline bool symbol_ends_line(uint32_t code) {
    return code == '\n' || code == CHARNN_SYMBOL_END;
}

/* Encodes a valid code; returns the number of bytes, 1 to 4. The unknown symbol becomes U+FFFD, the
 * replacement character, and the end symbol a newline. */
size_t symbol_encode(uint32_t code, unsigned char bytes[CHARNN_SYMBOL_BYTES]);

/* Whether a text of this encoding (UTF8 or BYTES) can contain the code; false if it is special. */
bool symbol_is_valid(enum encoding encoding, uint32_t code);

/* Names a code for messages: 'é' (U+00E9), U+000A if it is not printable, byte 0xFF. Cut to `size`
 * bytes with the NUL; CHARNN_SYMBOL_DESCRIPTION is enough. Returns `buffer`. */
const char *symbol_describe(uint32_t code, char *buffer, size_t size);

#endif
