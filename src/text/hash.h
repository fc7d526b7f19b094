/*
 * XXH64, a fast hash that is not cryptographic (Y. Collet, "xxHash fast digest algorithm",
 * specification version 0.1.1).
 */
#ifndef CHARNN_TEXT_HASH_H
#define CHARNN_TEXT_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The XXH64 of `size` bytes; the same on machines of either byte order. */
uint64_t hash_bytes(const unsigned char *bytes, size_t size, uint64_t seed);

/* The same of bytes that come piece by piece: hash_start(), hash_add()..., hash_end(). */
struct hash {
    uint64_t lanes[4];
    uint64_t seed;
    uint64_t size;             /* bytes so far */
    unsigned char waiting[32]; /* [size % 32], not yet in the lanes */
};

struct hash hash_start(uint64_t seed);
void hash_add(struct hash *hash, const void *bytes, size_t size);
uint64_t hash_end(const struct hash *hash);

#endif
