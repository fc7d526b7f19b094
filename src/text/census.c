#include "text/census.h"

#include "base/little_endian.h"
#include "base/memory.h"

#include <assert.h>

/*
 * One byte per flag: a flag is set without reading, and a text touches few cache lines.
 * `pairs` serves the fast path: pairs[b1 << 8 | b0] is set for adjacent bytes b0, b1. Each of them
 * that is ASCII is a symbol; together they are one if b0 leads a sequence of two bytes and b1
 * continues it. This holds wherever the pair begins, because no symbol is part of another.
 */
struct census {
    enum encoding encoding;
    bool join_newlines;
    unsigned char seen[CHARNN_SYMBOL_LIMIT];
    unsigned char pairs[1 << 16];
};

enum status census_create(enum encoding encoding, bool join_newlines, struct census **census,
                          struct error *error) {
    assert(encoding != CHARNN_ENCODING_AUTO);
    if (MEMORY_NEW(census, 1, "the set of symbols", error) != CHARNN_OK) {
        return error->status;
    }
    (*census)->encoding = encoding;
    (*census)->join_newlines = join_newlines;
    return CHARNN_OK;
}

size_t census_memory(void) {
    return sizeof(struct census);
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

static const uint64_t EVERY_BYTE = 0x0101010101010101U;
static const uint64_t HIGH_BITS = 0x8080808080808080U;

/* Four pairs cover eight ASCII bytes. */
static inline void add_ascii(unsigned char *pairs, uint64_t word) {
    for (int shift = 0; shift < 64; shift += 16) {
        pairs[(word >> shift) & 0xFFFFU] = 1;
    }
}

/*
 * Adds the symbols of one and two bytes at the start of `word`, which begins at a symbol. There is
 * no branch per symbol, because in most alphabets the two kinds alternate unpredictably. Returns
 * their bytes, or 0 if there are none or something is not well-formed; adds their number to *count.
 */
static inline size_t add_short(unsigned char *pairs, uint64_t word, size_t *count) {
    /* Bit 7 of each byte says that it is 10xxxxxx; 11xxxxxx; 111xxxxx; is not 1100000x. */
    uint64_t continuation = word & ~(word << 1) & HIGH_BITS;
    uint64_t lead = word & (word << 1) & HIGH_BITS;
    uint64_t long_lead = lead & (word << 2);
    uint64_t shortest = (word & (EVERY_BYTE * 0x1E)) + EVERY_BYTE * 0x7E;
    uint64_t up_to_long = long_lead ^ (long_lead - 1); /* up to bit 7 of the first */
    if (((lead & ~long_lead & ~shortest) | (continuation ^ (lead & ~long_lead) << 8)) &
        up_to_long) {
        return 0;
    }
    for (int shift = 0; shift < 56; shift += 8) {
        pairs[(word >> shift) & 0xFFFFU] = 1;
    }
    size_t taken = long_lead != 0 ? (size_t)__builtin_ctzll(long_lead) / 8
                                  : sizeof word - (size_t)(lead >> 63);
    continuation &= up_to_long;
    *count += taken - (size_t)(((continuation >> 7) * EVERY_BYTE) >> 56);
    return taken;
}

/* Adds symbols of three and four bytes up to the first other symbol; returns their bytes. */
static inline size_t add_long(unsigned char *seen, const unsigned char *bytes, size_t size,
                              size_t limit, size_t *count) {
    size_t offset = 0;
    while (size - offset >= CHARNN_SYMBOL_BYTES && *count < limit) {
        uint32_t word = load_little_32(bytes + offset);
        uint32_t code = (word & 0x0FU) << 12 | (word >> 2 & 0xFC0U) | (word >> 16 & 0x3FU);
        size_t length = 3;
        if ((word & 0xC0C0F0U) != 0x8080E0U || code < 0x800 || code >> 11 == 0xD800 >> 11) {
            code = (word & 0x07U) << 18 | (word << 4 & 0x3F000U) | (word >> 10 & 0xFC0U) |
                   (word >> 24 & 0x3FU);
            length = 4;
            if ((word & 0xC0C0C0F8U) != 0x808080F0U || code < 0x10000 || code > 0x10FFFF) {
                break;
            }
        }
        seen[code] = 1;
        offset += length;
        ++*count;
    }
    return offset;
}

/* Not 0 if a byte of the word is CR. */
static inline uint64_t find_cr(uint64_t word) {
    uint64_t zero_for_cr = word ^ (EVERY_BYTE * '\r');
    return (zero_for_cr - EVERY_BYTE) & ~zero_for_cr & HIGH_BITS;
}

/* Adds symbols of UTF-8 at the start of eight bytes or more. Returns their bytes; 0 leaves the
 * first symbol to the caller. */
static inline size_t add_some(struct census *census, const unsigned char *bytes, size_t size,
                              size_t limit, size_t *count) {
    uint64_t word = load_little_64(bytes);
    if (census->join_newlines && find_cr(word) != 0) {
        return 0;
    }
    if ((word & HIGH_BITS) == 0) {
        add_ascii(census->pairs, word);
        *count += sizeof word;
        return sizeof word;
    }
    size_t taken = add_short(census->pairs, word, count);
    if (taken < sizeof word - 1) {
        taken += add_long(census->seen, bytes + taken, size - taken, limit, count);
    }
    return taken;
}

static size_t add_symbols(struct census *census, const unsigned char *bytes, size_t size,
                          size_t limit, size_t *count) {
    bool utf8 = census->encoding == CHARNN_ENCODING_UTF8;
    size_t offset = 0;
    size_t symbols = 0;
    while (offset < size && symbols < limit) {
        size_t taken = 0;
        if (utf8 && size - offset >= CHARNN_UTF8_WORD && limit - symbols >= CHARNN_UTF8_WORD) {
            taken = add_some(census, bytes + offset, size - offset, limit, &symbols);
        }
        if (taken == 0) {
            uint32_t code;
            taken = symbol_decode_joined(census->encoding, census->join_newlines, bytes + offset,
                                         size - offset, &code);
            census->seen[code] = 1;
            symbols++;
        }
        offset += taken;
    }
    *count += symbols;
    return offset;
}

size_t census_add(struct census *census, const unsigned char *bytes, size_t size, size_t limit,
                  size_t *count) {
    if (census->encoding == CHARNN_ENCODING_UTF8 || census->join_newlines) {
        return add_symbols(census, bytes, size, limit, count);
    }
    size_t taken = add_bytes(census, bytes, size < limit ? size : limit);
    *count += taken;
    return taken;
}

bool census_has_raw_bytes(const struct census *census) {
    return memchr(census->seen + CHARNN_RAW_BYTE, 1, CHARNN_SYMBOL_LIMIT - CHARNN_RAW_BYTE) != NULL;
}

/* Moves the symbols of `pairs` to `seen`. */
static void fold_pairs(struct census *census) {
    for (uint32_t pair = 0; pair < sizeof census->pairs; pair++) {
        uint32_t first = pair & 0xFF;
        uint32_t second = pair >> 8;
        if (census->pairs[pair] == 0) {
            continue;
        }
        census->seen[first] |= first < 0x80;
        census->seen[second] |= second < 0x80;
        if (first >= 0xC2 && first <= 0xDF && (second & 0xC0) == 0x80) {
            census->seen[(first & 0x1F) << 6 | (second & 0x3F)] = 1;
        }
    }
}

size_t census_codes(struct census *census, uint32_t *codes) {
    const unsigned char *end = census->seen + CHARNN_SYMBOL_LIMIT;
    const unsigned char *at = census->seen;
    size_t count = 0;
    fold_pairs(census);
    for (; (at = memchr(at, 1, (size_t)(end - at))) != NULL; at++) {
        if (codes != NULL) {
            codes[count] = (uint32_t)(at - census->seen);
        }
        count++;
    }
    return count;
}
