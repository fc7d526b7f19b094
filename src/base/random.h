/* Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random
 * numbers: as easy as 1, 2, 3"). A number is a pure function of a seed and a position, so threads
 * may ask in any order, and only the seed needs saving. */
#ifndef CHARNN_BASE_RANDOM_H
#define CHARNN_BASE_RANDOM_H

#include <stdint.h>

/* Multipliers and Weyl constants of Philox4x32 (Salmon et al. 2011, section 3.3 and table 2). */
#define RANDOM_MULTIPLIER_0 0xD2511F53U
#define RANDOM_MULTIPLIER_1 0xCD9E8D57U
#define RANDOM_WEYL_0 0x9E3779B9U
#define RANDOM_WEYL_1 0xBB67AE85U

/* Selects one of the independent streams of a seed. */
enum random_purpose {
    CHARNN_RANDOM_WEIGHTS = 1, /* initial weights */
    CHARNN_RANDOM_DROPOUT = 2,
    CHARNN_RANDOM_SAMPLE = 3, /* sampled characters */
    CHARNN_RANDOM_ORDER = 4,  /* order of records */
    CHARNN_RANDOM_RESERVOIR = 5,
};

/* Four 32-bit words at position (a, b, c) of the stream of `seed` for `purpose`. */
void random_words(uint64_t seed, enum random_purpose purpose, uint32_t a, uint32_t b, uint32_t c,
                  uint32_t words[4]);

/* A word as a float in [0, 1), a multiple of 2^-24. */
static inline float random_to_unit_float(uint32_t word) {
    return (float)(word >> 8) * 0x1p-24F;
}

/* Two words as a double in [0, 1), a multiple of 2^-53. */
static inline double random_to_unit_double(uint32_t high, uint32_t low) {
    return (double)((((uint64_t)high << 32) | low) >> 11) * 0x1p-53;
}

/* A seed from the operating system, below 2^53, which JSON represents exactly. */
uint64_t random_seed_from_system(void);

#endif
