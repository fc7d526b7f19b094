/*
 * Symbols: the characters a model learns, as 32-bit codes.
 *
 * A code is a Unicode code point, decoded from a well-formed UTF-8 sequence (The Unicode Standard
 * 15.0, table 3-7: shortest form, no surrogates, at most U+10FFFF), or CHARNN_RAW_BYTE plus the
 * value of a byte from 0x80 on that is not part of such a sequence. Every string of bytes therefore
 * has codes, and encoding these gives the same bytes again.
 *
 * Two codes more stand for no certain character: the unknown symbol of a vocabulary (text/vocab.h)
 * and the end symbol, which stands between records (text/corpus.h).
 */
#ifndef CHARNN_TEXT_SYMBOLS_H
#define CHARNN_TEXT_SYMBOLS_H

#include "base/utf8.h"

/* What makes one symbol. AUTO is a wish only: a corpus resolves it to one of the others. */
enum encoding {
    CHARNN_ENCODING_AUTO,  /* UTF8 where the whole text is well-formed UTF-8, else BYTES */
    CHARNN_ENCODING_UTF8,  /* a code point, or a byte that is part of none */
    CHARNN_ENCODING_BYTES, /* a byte: below 0x80 its value, else CHARNN_RAW_BYTE + its value */
};

enum {
    CHARNN_RAW_BYTE = 0x110000,
    CHARNN_SYMBOL_UNKNOWN = CHARNN_RAW_BYTE, /* no byte of its own: those begin at 0x80 */
    CHARNN_SYMBOL_END = CHARNN_RAW_BYTE + 1,
    CHARNN_SYMBOL_LIMIT = CHARNN_RAW_BYTE + 0x100, /* every code is below */
    CHARNN_SYMBOL_BYTES = CHARNN_UTF8_BYTES,       /* the longest sequence */
    CHARNN_SYMBOL_DESCRIPTION = 32,                /* a buffer that fits every description */
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

/*
 * symbol_decode(), but for CR LF where `join_newlines` is set: the two are one symbol, LF. A text
 * of such symbols is what the same text with LF for CR LF is.
 */
static inline size_t symbol_decode_joined(enum encoding encoding, bool join_newlines,
                                          const unsigned char *bytes, size_t size, uint32_t *code) {
    if (join_newlines && bytes[0] == '\r' && size >= 2 && bytes[1] == '\n') {
        *code = '\n';
        return 2;
    }
    return symbol_decode(encoding, bytes, size, code);
}

/* Whether a code is one of the two that stand for no certain character. */
static inline bool symbol_is_special(uint32_t code) {
    return code == CHARNN_SYMBOL_UNKNOWN || code == CHARNN_SYMBOL_END;
}

/* Whether a line ends with the code: a newline, or the end of a record. */
static inline bool symbol_ends_line(uint32_t code) {
    return code == '\n' || code == CHARNN_SYMBOL_END;
}

/* The bytes that a valid code stands for; returns their number, 1 to 4. The unknown symbol is shown
 * as U+FFFD, the replacement character, and the end symbol as a newline. */
size_t symbol_encode(uint32_t code, unsigned char bytes[CHARNN_SYMBOL_BYTES]);

/* Whether a text of this encoding (UTF8 or BYTES) can contain the code; no special one. */
bool symbol_is_valid(enum encoding encoding, uint32_t code);

/*
 * A name for messages: 'é' (U+00E9), or U+000A alone where nothing visible could be shown, or
 * byte 0xFF. Cut to `size` bytes with the final NUL; CHARNN_SYMBOL_DESCRIPTION is enough for all.
 * Returns `buffer`.
 */
const char *symbol_describe(uint32_t code, char *buffer, size_t size);

#endif
