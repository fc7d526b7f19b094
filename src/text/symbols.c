#include "text/symbols.h"

#include <assert.h>
#include <stdio.h>

size_t symbol_encode(uint32_t code, unsigned char bytes[CHARNN_SYMBOL_BYTES]) {
    assert(symbol_is_special(code) || symbol_is_valid(CHARNN_ENCODING_UTF8, code));
    if (symbol_is_special(code)) {
        code = code == CHARNN_SYMBOL_END ? '\n' : 0xFFFD;
    }
    if (code >= CHARNN_RAW_BYTE) {
        bytes[0] = (unsigned char)(code & 0xFFU);
        return 1;
    }
    return utf8_encode(code, bytes);
}

bool symbol_is_valid(enum encoding encoding, uint32_t code) {
    if (code < 0x80) {
        return true;
    }
    if (code >= CHARNN_RAW_BYTE) {
        return code >= CHARNN_RAW_BYTE + 0x80 && code < CHARNN_SYMBOL_LIMIT;
    }
    return encoding == CHARNN_ENCODING_UTF8 && !utf8_is_surrogate(code);
}

/* Excludes controls, invisible and combining characters, and those that change the direction. */
static bool is_printable(uint32_t code) {
    static const struct {
        uint32_t first, last;
    } excluded[] = {
        {0x0000, 0x001F},    {0x007F, 0x009F}, {0x00AD, 0x00AD}, {0x0300, 0x036F},
        {0x061C, 0x061C},    {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},
        {0x2060, 0x206F},    {0x20D0, 0x20FF}, {0xD800, 0xF8FF}, {0xFE00, 0xFE0F},
        {0xFEFF, 0xFEFF},    {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE0FFF},
        {0xF0000, 0x10FFFF},
    };
    for (size_t i = 0; i < sizeof excluded / sizeof excluded[0]; i++) {
        if (code >= excluded[i].first && code <= excluded[i].last) {
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
    } else if (!is_printable(code)) {
        (void)snprintf(buffer, size, "U+%04X", (unsigned)code);
    } else {
        unsigned char bytes[CHARNN_SYMBOL_BYTES];
        int length = (int)symbol_encode(code, bytes);
        (void)snprintf(buffer, size, "'%.*s' (U+%04X)", length, (const char *)bytes,
                       (unsigned)code);
    }
    return buffer;
}
