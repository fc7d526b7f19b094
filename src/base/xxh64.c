#include "base/xxh64.h"

#include "base/little_endian.h"

enum { LANES = 4, STRIPE = LANES * 8 };

static const uint64_t PRIME_1 = 0x9E3779B185EBCA87U;
static const uint64_t PRIME_2 = 0xC2B2AE3D27D4EB4FU;
static const uint64_t PRIME_3 = 0x165667B19E3779F9U;
static const uint64_t PRIME_4 = 0x85EBCA77C2B2AE63U;
static const uint64_t PRIME_5 = 0x27D4EB2F165667C5U;

static uint64_t rotate(uint64_t value, int bits) {
    return (value << bits) | (value >> (64 - bits));
}

static uint64_t advance_lane(uint64_t lane, uint64_t word) {
    return rotate(lane + word * PRIME_2, 31) * PRIME_1;
}

/* Step 2: whole stripes of 32 bytes through four independent lanes. */
static void advance_stripes(uint64_t lanes[LANES], const unsigned char *bytes, size_t stripes) {
    uint64_t lane[LANES]; /* a copy that the compiler keeps in registers if it unrolls the loop */
    memcpy(lane, lanes, sizeof lane);
    for (const unsigned char *end = bytes + stripes * STRIPE; bytes < end; bytes += STRIPE) {
#pragma GCC unroll 4
        for (size_t k = 0; k < LANES; k++) {
            lane[k] = advance_lane(lane[k], load_little_64(bytes + 8 * k));
        }
    }
    memcpy(lanes, lane, sizeof lane);
}

/* Step 3: merges the lanes into one value. */
static uint64_t merge_lanes(const uint64_t lane[LANES]) {
    uint64_t hash =
        rotate(lane[0], 1) + rotate(lane[1], 7) + rotate(lane[2], 12) + rotate(lane[3], 18);
    for (size_t k = 0; k < LANES; k++) {
        hash = (hash ^ advance_lane(0, lane[k])) * PRIME_1 + PRIME_4;
    }
    return hash;
}

/* Step 5: the last, fewer than 32 bytes. */
static uint64_t add_rest(uint64_t hash, const unsigned char *bytes, size_t size) {
    for (; size >= 8; bytes += 8, size -= 8) {
        hash = rotate(hash ^ advance_lane(0, load_little_64(bytes)), 27) * PRIME_1 + PRIME_4;
    }
    if (size >= 4) {
        hash = rotate(hash ^ (load_little_32(bytes) * PRIME_1), 23) * PRIME_2 + PRIME_3;
        bytes += 4;
        size -= 4;
    }
    for (; size > 0; bytes++, size--) {
        hash = rotate(hash ^ (*bytes * PRIME_5), 11) * PRIME_1;
    }
    return hash;
}

struct xxh64 xxh64_start(uint64_t seed) {
    return (struct xxh64){.lanes = {seed + PRIME_1 + PRIME_2, seed + PRIME_2, seed, seed - PRIME_1},
                          .seed = seed};
}

void xxh64_add(struct xxh64 *hash, const void *bytes, size_t size) {
    const unsigned char *next = bytes;
    size_t buffered = hash->size % STRIPE;
    hash->size += size;
    if (size == 0) {
        return; /* `bytes` may be NULL */
    }
    if (buffered > 0) {
        size_t wanted = STRIPE - buffered;
        size_t taken = size < wanted ? size : wanted;
        memcpy(hash->buffer + buffered, next, taken);
        next += taken;
        size -= taken;
        if (taken < wanted) {
            return;
        }
        advance_stripes(hash->lanes, hash->buffer, 1);
    }
    size_t stripes = size / STRIPE;
    advance_stripes(hash->lanes, next, stripes);
    memcpy(hash->buffer, next + stripes * STRIPE, size % STRIPE);
}

uint64_t xxh64_end(const struct xxh64 *hash) {
    uint64_t value = hash->size >= STRIPE ? merge_lanes(hash->lanes) : hash->seed + PRIME_5;
    value = add_rest(value + hash->size, hash->buffer, hash->size % STRIPE);
    value = (value ^ (value >> 33)) * PRIME_2;
    value = (value ^ (value >> 29)) * PRIME_3;
    return value ^ (value >> 32);
}

uint64_t xxh64_bytes(const unsigned char *bytes, size_t size, uint64_t seed) {
    struct xxh64 hash = xxh64_start(seed);
    xxh64_add(&hash, bytes, size);
    return xxh64_end(&hash);
}
