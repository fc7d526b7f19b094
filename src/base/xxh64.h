/* XXH64, a fast, not cryptographic hash (Y. Collet, "xxHash fast digest algorithm", specification
 * version 0.1.1). */
#ifndef CHARNN_BASE_XXH64_H
#define CHARNN_BASE_XXH64_H

#include <stddef.h>
#include <stdint.h>

/* The XXH64 of `size` bytes; independent of the machine's byte order. */
uint64_t xxh64_bytes(const unsigned char *bytes, size_t size, uint64_t seed);

/* The XXH64 of bytes in pieces: xxh64_start(), xxh64_add() for each, xxh64_end(). */
struct xxh64 {
    uint64_t lanes[4];
    uint64_t seed;
    uint64_t size;            /* bytes so far */
    unsigned char buffer[32]; /* [size % 32], not yet in the lanes */
};

struct xxh64 xxh64_start(uint64_t seed);
void xxh64_add(struct xxh64 *hash, const void *bytes, size_t size);
uint64_t xxh64_end(const struct xxh64 *hash);

#endif
