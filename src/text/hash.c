#include "text/hash.h"

#include <endian.h>
#include <string.h>

enum { LANES = 4, STRIPE = LANES * 8 };

static const uint64_t PRIME_1 = 0x9E3779B185EBCA87U;
static const uint64_t PRIME_2 = 0xC2B2AE3D27D4EB4FU;
static const uint64_t PRIME_3 = 0x165667B19E3779F9U;
static const uint64_t PRIME_4 = 0x85EBCA77C2B2AE63U;
static const uint64_t PRIME_5 = 0x27D4EB2F165667C5U;

static uint64_t rotate(uint64_t value, int bits) {
    return (value << bits) | (value >> (64 - bits));
}

static uint64_t load_64(const unsigned char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

static uint32_t load_32(const unsigned char *bytes) {
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return le32toh(word);
}

static uint64_t advance_lane(uint64_t lane, uint64_t word) {
    return rotate(lane + word * PRIME_2, 31) * PRIME_1;
}

/* Steps 1 to 3: whole stripes of 32 bytes through four independent lanes, then one value. */
static uint64_t hash_stripes(const unsigned char *bytes, size_t stripes, uint64_t seed) {
    uint64_t lane[LANES] = {seed + PRIME_1 + PRIME_2, seed + PRIME_2, seed, seed - PRIME_1};
    for (size_t i = 0; i < stripes; i++) {
        for (size_t k = 0; k < LANES; k++) {
            lane[k] = advance_lane(lane[k], load_64(bytes + i * STRIPE + k * 8));
        }
    }
    uint64_t hash =
        rotate(lane[0], 1) + rotate(lane[1], 7) + rotate(lane[2], 12) + rotate(lane[3], 18);
    for (size_t k = 0; k < LANES; k++) {
        hash = (hash ^ advance_lane(0, lane[k])) * PRIME_1 + PRIME_4;
    }
    return hash;
}

/* Step 5: what is left after the stripes, fewer than 32 bytes. */
static uint64_t hash_rest(uint64_t hash, const unsigned char *bytes, size_t size) {
    for (; size >= 8; bytes += 8, size -= 8) {
        hash = rotate(hash ^ advance_lane(0, load_64(bytes)), 27) * PRIME_1 + PRIME_4;
    }
    if (size >= 4) {
        hash = rotate(hash ^ (load_32(bytes) * PRIME_1), 23) * PRIME_2 + PRIME_3;
        bytes += 4;
        size -= 4;
    }
    for (; size > 0; bytes++, size--) {
        hash = rotate(hash ^ (*bytes * PRIME_5), 11) * PRIME_1;
    }
    return hash;
}

uint64_t hash_bytes(const unsigned char *bytes, size_t size, uint64_t seed) {
    size_t stripes = size / STRIPE;
    uint64_t hash = stripes > 0 ? hash_stripes(bytes, stripes, seed) : seed + PRIME_5;
    hash = hash_rest(hash + size, bytes + stripes * STRIPE, size % STRIPE);
    hash = (hash ^ (hash >> 33)) * PRIME_2;
    hash = (hash ^ (hash >> 29)) * PRIME_3;
    return hash ^ (hash >> 32);
}
