/*
 * Random permutations that need no memory: where an element goes is a pure function of a seed. A
 * Feistel network over the smallest even number of bits that holds all elements, walked until it
 * lands among them (Black & Rogaway 2002, "Ciphers with arbitrary finite domains", the
 * cycle-walking cipher); its rounds are of Philox (base/random.h).
 */
#ifndef CHARNN_BASE_PERMUTATION_H
#define CHARNN_BASE_PERMUTATION_H

#include <stddef.h>
#include <stdint.h>

/* One of the permutations of 0 to count - 1. */
struct permutation {
    size_t count;
    uint64_t seed;
    uint32_t number;    /* of several of one seed */
    unsigned half_bits; /* of each half of the network's words */
};

/* Permutation `number` of `count` >= 1 elements. */
void permutation_init(struct permutation *permutation, size_t count, uint64_t seed,
                      uint32_t number);

/* Where `i` < count goes. */
size_t permutation_at(const struct permutation *permutation, size_t i);

#endif
