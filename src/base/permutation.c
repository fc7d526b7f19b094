#include "base/permutation.h"

#include "base/random.h"

#include <assert.h>

/* Four rounds suffice for wide halves (Luby & Rackoff 1988). Few elements have narrow halves, which
 * take more rounds to reach all places about equally often. Not every order can occur: for a power
 * of 4 elements, all permutations are even. */
enum { ROUNDS = 8, HALF_BITS_MOST = 32 };

void permutation_init(struct permutation *permutation, size_t count, uint64_t seed,
                      uint32_t number) {
    assert(count >= 1);
    unsigned half_bits = 1;
    while (half_bits < HALF_BITS_MOST && (uint64_t)(count - 1) >> (2 * half_bits) != 0) {
        half_bits++;
    }
    *permutation = (struct permutation){
        .count = count, .seed = seed, .number = number, .half_bits = half_bits};
}

size_t permutation_at(const struct permutation *p, size_t i) {
    assert(i < p->count);
    const uint32_t mask = (uint32_t)((UINT64_C(1) << p->half_bits) - 1);
    uint64_t at = i;
    do {
        uint32_t left = (uint32_t)(at >> p->half_bits);
        uint32_t right = (uint32_t)at & mask;
        for (uint32_t round = 0; round < ROUNDS; round++) {
            uint32_t words[4];
            random_words(p->seed, CHARNN_RANDOM_ORDER, right, round, p->number, words);
            uint32_t mixed = left ^ (words[0] & mask);
            left = right;
            right = mixed;
        }
        at = (uint64_t)left << p->half_bits | right;
    } while (at >= p->count);
    return (size_t)at;
}
