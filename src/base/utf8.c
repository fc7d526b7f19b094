#include "base/utf8.h"

static bool is_continuation(unsigned char byte) {
    return (byte & 0xC0) == 0x80;
}

static uint32_t append_bits(uint32_t code, unsigned char byte) {
    return code << 6 | (byte & 0x3FU);
}

size_t utf8_decode(const unsigned char *bytes, size_t size, uint32_t *code) {
    unsigned char lead = bytes[0];
    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF && size >= 2 && is_continuation(bytes[1])) {
        *code = append_bits(lead & 0x1FU, bytes[1]);
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF && size >= 3 && is_continuation(bytes[1]) &&
        is_continuation(bytes[2])) {
        *code = append_bits(append_bits(lead & 0x0FU, bytes[1]), bytes[2]);
        return *code >= 0x800 && !utf8_is_surrogate(*code) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4 && size >= 4 && is_continuation(bytes[1]) &&
        is_continuation(bytes[2]) && is_continuation(bytes[3])) {
        *code = append_bits(append_bits(append_bits(lead & 0x07U, bytes[1]), bytes[2]), bytes[3]);
        return *code >= 0x10000 && *code <= 0x10FFFF ? 4 : 0;
    }
    return 0;
}

size_t utf8_encode(uint32_t code, unsigned char bytes[CHARNN_UTF8_BYTES]) {
    static const unsigned char leads[] = {[1] = 0, [2] = 0xC0, [3] = 0xE0, [4] = 0xF0};
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (unsigned char)(0x80U | (code & 0x3FU));
        code >>= 6;
    }
    bytes[0] = (unsigned char)(leads[length] | code);
    return length;
}

size_t utf8_prefix(const unsigned char *bytes, size_t size) {
    size_t offset = 0;
    while (offset < size) {
        if (size - offset >= CHARNN_UTF8_WORD && utf8_word_is_ascii(bytes + offset)) {
            offset += CHARNN_UTF8_WORD;
            continue;
        }
        uint32_t code;
        size_t length = utf8_decode(bytes + offset, size - offset, &code);
        if (length == 0) {
            break;
        }
        offset += length;
    }
    return offset;
}

bool utf8_is_valid(const char *text) {
    size_t size = strlen(text);
    return utf8_prefix((const unsigned char *)text, size) == size;
}

size_t utf8_trim(const char *text, size_t length) {
    const unsigned char *bytes = (const unsigned char *)text;
    size_t start = length;
    uint32_t code;
    while (start > 0 && is_continuation(bytes[start - 1])) {
        start--;
    }
    bool cut = start > 0 && bytes[start - 1] >= 0xC0 &&
               utf8_decode(bytes + start - 1, length - start + 1, &code) == 0;
    return cut ? start - 1 : length;
}

size_t utf8_bom_size(const unsigned char *bytes, size_t size) {
    static const unsigned char bom[] = {0xEF, 0xBB, 0xBF};
    return size >= sizeof bom && memcmp(bytes, bom, sizeof bom) == 0 ? sizeof bom : 0;
}
