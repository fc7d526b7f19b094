#include "text/census.h"

#include "base/memory.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

/*
 * Flags of a byte each, as setting one needs no reading; a text touches few cache lines of them.
 * `pairs` belongs to the fast path of add_utf8(): pairs[b1 << 8 | b0] is set for neighbouring bytes
 * b0, b1 (or b0, 0) of symbols of one and two bytes. Where b0 is ASCII it is a symbol, where b0 may
 * lead and b1 continue a sequence they are one; other pairs mean nothing.
 */
struct census {
    enum encoding encoding;
    unsigned char seen[CHARNN_SYMBOL_LIMIT];
    unsigned char pairs[1 << 16];
};

enum status census_create(enum encoding encoding, struct census **census, struct error *error) {
    assert(encoding != CHARNN_ENCODING_AUTO);
    *census = NULL;
    void *memory;
    if (memory_allocate(1, sizeof **census, "the set of symbols", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    *census = memory;
    (*census)->encoding = encoding;
    return CHARNN_OK;
}

void census_destroy(struct census *census) {
    memory_free(census);
}

static size_t add_bytes(struct census *census, const unsigned char *bytes, size_t size) {
    unsigned char seen[256] = {0};
    for (size_t i = 0; i < size; i++) {
        seen[bytes[i]] = 1;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        census->seen[byte < 0x80 ? byte : CHARNN_RAW_BYTE + byte] |= seen[byte];
    }
    return size;
}

/*
 * Takes in eight bytes that begin at a symbol where they are symbols of one and two bytes, without
 * a branch per symbol: in most alphabets these alternate unpredictably. Returns the bytes taken, 7
 * where the last begins a symbol of two, and adds to *count; or 0 where there is anything else.
 */
static size_t add_word(unsigned char *pairs, const unsigned char *bytes, size_t *count) {
    const uint64_t every = 0x0101010101010101U;
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    word = le64toh(word);
    /* Bit 7 of each byte of these says: is 10xxxxxx; 11xxxxxx; 111xxxxx; is not 1100000x. */
    uint64_t continuation = word & ~(word << 1) & (every * 0x80);
    uint64_t lead = word & (word << 1) & (every * 0x80);
    uint64_t long_lead = lead & (word << 2);
    uint64_t shortest = (word & (every * 0x1E)) + every * 0x7E;
    if (long_lead != 0 || (lead & ~shortest) != 0 || continuation != lead << 8) {
        return 0;
    }
    for (int shift = 0; shift < 64; shift += 8) {
        pairs[(word >> shift) & 0xFFFFU] = 1;
    }
    size_t taken = sizeof word - (size_t)(lead >> 63);
    *count += taken - (size_t)(((continuation >> 7) * every) >> 56);
    return taken;
}

static size_t add_utf8(struct census *census, const unsigned char *bytes, size_t size, size_t limit,
                       size_t *count) {
    size_t offset = 0;
    size_t symbols = 0;
    while (offset < size && symbols < limit) {
        if (size - offset >= CHARNN_SYMBOL_WORD && limit - symbols >= CHARNN_SYMBOL_WORD) {
            size_t taken = add_word(census->pairs, bytes + offset, &symbols);
            if (taken > 0) {
                offset += taken;
                continue;
            }
        }
        uint32_t code;
        offset += symbol_decode(CHARNN_ENCODING_UTF8, bytes + offset, size - offset, &code);
        census->seen[code] = 1;
        symbols++;
    }
    *count += symbols;
    return offset;
}

size_t census_add(struct census *census, const unsigned char *bytes, size_t size, size_t limit,
                  size_t *count) {
    if (census->encoding == CHARNN_ENCODING_UTF8) {
        return add_utf8(census, bytes, size, limit, count);
    }
    size_t taken = add_bytes(census, bytes, size < limit ? size : limit);
    *count += taken;
    return taken;
}

bool census_has_raw_bytes(const struct census *census) {
    return memchr(census->seen + CHARNN_RAW_BYTE, 1, CHARNN_SYMBOL_LIMIT - CHARNN_RAW_BYTE) != NULL;
}

static bool has_code(const struct census *census, uint32_t code) {
    if (census->seen[code] != 0) {
        return true;
    }
    if (code < 0x80) {
        for (size_t next = 0; next < 256; next++) {
            if (census->pairs[(next << 8) | code] != 0) {
                return true;
            }
        }
        return false;
    }
    return code < 0x800 &&
           census->pairs[((0x80U | (code & 0x3FU)) << 8) | 0xC0U | (code >> 6)] != 0;
}

size_t census_codes(const struct census *census, uint32_t *codes) {
    size_t count = 0;
    for (uint32_t code = 0; code < CHARNN_SYMBOL_LIMIT; code++) {
        if (has_code(census, code)) {
            if (codes != NULL) {
                codes[count] = code;
            }
            count++;
        }
    }
    return count;
}
