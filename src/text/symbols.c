#include "text/symbols.h"

#include <assert.h>
#include <stdio.h>

static bool is_continuation(unsigned char byte) {
    return (byte & 0xC0) == 0x80;
}

static bool is_surrogate(uint32_t code) {
    return code >= 0xD800 && code <= 0xDFFF;
}

static uint32_t append_bits(uint32_t code, unsigned char byte) {
    return (code << 6) | (byte & 0x3FU);
}

/* The conditions are those of table 3-7; bytes beyond `size` are never looked at. */
size_t symbol_decode_sequence(const unsigned char *bytes, size_t size, uint32_t *code) {
    unsigned char lead = bytes[0];
    if (lead >= 0xC2 && lead <= 0xDF && size >= 2 && is_continuation(bytes[1])) {
        *code = append_bits(lead & 0x1FU, bytes[1]);
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF && size >= 3 && is_continuation(bytes[1]) &&
        is_continuation(bytes[2])) {
        *code = append_bits(append_bits(lead & 0x0FU, bytes[1]), bytes[2]);
        if (*code >= 0x800 && !is_surrogate(*code)) {
            return 3;
        }
    }
    if (lead >= 0xF0 && lead <= 0xF4 && size >= 4 && is_continuation(bytes[1]) &&
        is_continuation(bytes[2]) && is_continuation(bytes[3])) {
        *code = append_bits(append_bits(append_bits(lead & 0x07U, bytes[1]), bytes[2]), bytes[3]);
        if (*code >= 0x10000 && *code <= 0x10FFFF) {
            return 4;
        }
    }
    *code = (uint32_t)CHARNN_RAW_BYTE + lead;
    return 1;
}

static unsigned char continuation(uint32_t bits) {
    return (unsigned char)(0x80U | (bits & 0x3FU));
}

size_t symbol_encode(uint32_t code, unsigned char bytes[CHARNN_SYMBOL_BYTES]) {
    assert(symbol_is_special(code) || symbol_is_valid(CHARNN_ENCODING_UTF8, code));
    if (symbol_is_special(code)) {
        code = code == CHARNN_SYMBOL_END ? '\n' : 0xFFFD;
    }
    if (code < 0x80 || code >= CHARNN_RAW_BYTE) {
        bytes[0] = (unsigned char)(code & 0xFFU);
        return 1;
    }
    if (code < 0x800) {
        bytes[0] = (unsigned char)(0xC0U | (code >> 6));
        bytes[1] = continuation(code);
        return 2;
    }
    if (code < 0x10000) {
        bytes[0] = (unsigned char)(0xE0U | (code >> 12));
        bytes[1] = continuation(code >> 6);
        bytes[2] = continuation(code);
        return 3;
    }
    bytes[0] = (unsigned char)(0xF0U | (code >> 18));
    bytes[1] = continuation(code >> 12);
    bytes[2] = continuation(code >> 6);
    bytes[3] = continuation(code);
    return 4;
}

bool symbol_is_valid(enum encoding encoding, uint32_t code) {
    if (code < 0x80) {
        return true;
    }
    if (code >= CHARNN_RAW_BYTE) {
        return code >= CHARNN_RAW_BYTE + 0x80 && code < CHARNN_SYMBOL_LIMIT;
    }
    return encoding == CHARNN_ENCODING_UTF8 && !is_surrogate(code);
}

/* Controls, and what is invisible, turns the direction of the line or joins its neighbour. */
static bool is_showable(uint32_t code) {
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x0000, 0x001F},    {0x007F, 0x009F}, {0x00AD, 0x00AD}, {0x0300, 0x036F},
        {0x061C, 0x061C},    {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},
        {0x2060, 0x206F},    {0x20D0, 0x20FF}, {0xD800, 0xF8FF}, {0xFE00, 0xFE0F},
        {0xFEFF, 0xFEFF},    {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE0FFF},
        {0xF0000, 0x10FFFF},
    };
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (code >= hidden[i].first && code <= hidden[i].last) {
            return false;
        }
    }
    return true;
}

const char *symbol_describe(uint32_t code, char *buffer, size_t size) {
    if (code == CHARNN_SYMBOL_UNKNOWN) {
        (void)snprintf(buffer, size, "the unknown character");
    } else if (code == CHARNN_SYMBOL_END) {
        (void)snprintf(buffer, size, "the end of a record");
    } else if (code >= CHARNN_RAW_BYTE) {
        (void)snprintf(buffer, size, "byte 0x%02X", (unsigned)(code & 0xFFU));
    } else if (!is_showable(code)) {
        (void)snprintf(buffer, size, "U+%04X", (unsigned)code);
    } else {
        unsigned char bytes[CHARNN_SYMBOL_BYTES];
        int length = (int)symbol_encode(code, bytes);
        (void)snprintf(buffer, size, "'%.*s' (U+%04X)", length, (const char *)bytes,
                       (unsigned)code);
    }
    return buffer;
}

size_t text_mark_size(const unsigned char *bytes, size_t size) {
    static const unsigned char mark[] = {0xEF, 0xBB, 0xBF};
    return size >= sizeof mark && memcmp(bytes, mark, sizeof mark) == 0 ? sizeof mark : 0;
}

size_t text_utf8_size(const unsigned char *bytes, size_t size) {
    size_t offset = 0;
    while (offset < size) {
        if (size - offset >= CHARNN_SYMBOL_WORD && symbol_word_is_ascii(bytes + offset)) {
            offset += CHARNN_SYMBOL_WORD;
            continue;
        }
        uint32_t code;
        size_t length = symbol_decode(CHARNN_ENCODING_UTF8, bytes + offset, size - offset, &code);
        if (code >= CHARNN_RAW_BYTE) {
            break;
        }
        offset += length;
    }
    return offset;
}
