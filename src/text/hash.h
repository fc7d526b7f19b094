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

#endif
