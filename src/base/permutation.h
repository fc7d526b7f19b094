/*
 * Random permutations without a table: the place of an element is a pure function of a seed. A
 * Feistel network over the smallest even number of bits that holds all indices is applied until the
 * result is an index (Black & Rogaway 2002, "Ciphers with arbitrary finite domains", cycle
 * walking). Its rounds are Philox (base/random.h).
 */
#ifndef CHARNN_BASE_PERMUTATION_H
#define CHARNN_BASE_PERMUTATION_H

#include <stddef.h>
#include <stdint.h>

/* A permutation of 0 to count - 1. */
struct permutation {
    size_t count;
    uint64_t seed;
    uint32_t number;    /* among the permutations of a seed */
    unsigned half_bits; /* bits of each half in the network */
};

/* Permutation `number` of `count` >= 1 elements. */
void permutation_init(struct permutation *permutation, size_t count, uint64_t seed,
                      uint32_t number);

/* The place of element `i` < count. */
size_t permutation_at(const struct permutation *permutation, size_t i);

#endif
