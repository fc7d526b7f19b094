/* Loads of little-endian words that need not be aligned. */
#ifndef CHARNN_BASE_LITTLE_ENDIAN_H
#define CHARNN_BASE_LITTLE_ENDIAN_H

#include <stdint.h>
#include <string.h>

static inline uint32_t load_little_32(const unsigned char bytes[4]) {
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? word : __builtin_bswap32(word);
}

static inline uint64_t load_little_64(const unsigned char bytes[8]) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? word : __builtin_bswap64(word);
}

#endif
