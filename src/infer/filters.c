#include "infer/filters.h"

#include <float.h>
#include <math.h>
#include <string.h>

/*
 * The bits of floats from 0 to 1 are in the floats' order, and below 2^30. By their distance from
 * those of the least weight that may be kept, in three digits or fewer, the last weight that is
 * kept can be found as a radix sort would, but looking into one bucket alone after each digit. The
 * passes over all weights have no branches that depend on these, so that the compiler can use
 * vectors, and none moves them: what is left may be most of them.
 */
enum { DIGIT_BITS = 10, DIGITS = 1 << DIGIT_BITS };

enum { LANES = 4, SUM_LANES = 2 * LANES };

/* Vectors of the compiler, of a width that every processor has: without them it would keep sums in
 * memory, or take branches by chance. */
typedef float float_lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t int_lanes __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef double double_pair __attribute__((vector_size(2 * sizeof(double))));

static uint32_t bits_of(float weight) {
    uint32_t bits;
    memcpy(&bits, &weight, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float weight;
    memcpy(&weight, &bits, sizeof weight);
    return weight;
}

double weights_sum(const float *weights, size_t count) {
    size_t whole = count - count % SUM_LANES;
    double_pair a = {0}, b = {0}, c = {0}, d = {0};
    for (size_t i = 0; i < whole; i += SUM_LANES) {
        const float *w = weights + i;
        a += (double_pair){(double)w[0], (double)w[1]};
        b += (double_pair){(double)w[2], (double)w[3]};
        c += (double_pair){(double)w[4], (double)w[5]};
        d += (double_pair){(double)w[6], (double)w[7]};
    }
    double lanes[SUM_LANES] = {a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]};
    for (size_t i = whole; i < count; i++) {
        lanes[i - whole] += (double)weights[i];
    }
    double sum = 0;
    for (size_t j = 0; j < SUM_LANES; j++) {
        sum += lanes[j];
    }
    return sum;
}

/* What the greatest are taken for until there is enough of it. */
struct want {
    bool weight;   /* their weight; else their number */
    double wanted; /* so much of it */
    double have;   /* of those that are greater than any still looked at */
};

static double amount(const struct want *want, float weight) {
    return want->weight ? (double)weight : 1;
}

/* The sums of a pass: for each digit, and others for what is below all of them, to which additions
 * go in turns so that they do not wait for each other. */
enum { BELOW = 16, SUMS = DIGITS + BELOW };

/* What digits are taken of: the distance of a weight's bits from those of `low`. */
struct scale {
    float low;
    int shift; /* of the digit */
};

static uint32_t digit_of(float weight, const struct scale *scale) {
    return (bits_of(weight) - bits_of(scale->low)) >> scale->shift;
}

/* Where its sum is. */
static inline size_t place_of(float weight, const struct scale *scale, size_t turn) {
    uint32_t digit = digit_of(weight, scale); /* beyond all digits for what is below `low` */
    return digit < DIGITS ? digit : DIGITS + turn % BELOW;
}

/* Adds up for each digit; to two sums, against waiting where many weights are alike. One function
 * for each amount, so that the loops have no branch. */
static void add_up_weights(const float *weights, size_t pairs, struct scale scale, double *mass,
                           double *odd) {
    for (size_t i = 0; i < pairs; i += 2) {
        mass[place_of(weights[i], &scale, i)] += (double)weights[i];
        odd[place_of(weights[i + 1], &scale, i)] += (double)weights[i + 1];
    }
}

static void add_up_number(const float *weights, size_t pairs, struct scale scale, double *mass,
                          double *odd) {
    for (size_t i = 0; i < pairs; i += 2) {
        mass[place_of(weights[i], &scale, i)] += 1;
        odd[place_of(weights[i + 1], &scale, i)] += 1;
    }
}

/* How much of it there is for each first digit. */
static void add_up_all(const struct candidates *c, const struct want *want,
                       const struct scale *scale, double mass[SUMS]) {
    double odd[SUMS] = {0};
    const float *weights = c->weights;
    memset(mass, 0, SUMS * sizeof *mass);
    size_t pairs = c->count - c->count % 2;
    (want->weight ? add_up_weights : add_up_number)(weights, pairs, *scale, mass, odd);
    for (size_t i = pairs; i < c->count; i++) {
        mass[place_of(weights[i], scale, i)] += amount(want, weights[i]);
    }
    for (size_t digit = 0; digit < DIGITS; digit++) {
        mass[digit] += odd[digit];
    }
}

/* The digit where there is enough: those above are kept, those below are not. */
static uint32_t choose_digit(struct want *want, const double mass[DIGITS]) {
    uint32_t digit = DIGITS - 1;
    while (digit > 0 && want->have + mass[digit] < want->wanted) {
        want->have += mass[digit--];
    }
    return digit;
}

/* Leaves those of at least `low`. */
static void leave_from(float *weights, size_t count, float low) {
    size_t whole = count - count % LANES;
    for (size_t i = 0; i < whole; i += LANES) {
        float_lanes lanes;
        memcpy(&lanes, weights + i, sizeof lanes);
        int_lanes kept = (int_lanes)lanes & (lanes >= low);
        memcpy(weights + i, &kept, sizeof kept);
    }
    for (size_t i = whole; i < count; i++) {
        weights[i] = weights[i] >= low ? weights[i] : 0.0F;
    }
}

/* Whether any of LANES weights is from `low` to below `high`. */
static inline bool has_between(const float *weights, float low, float high) {
    float_lanes lanes;
    memcpy(&lanes, weights, sizeof lanes);
    int_lanes between = (lanes >= low) & (lanes < high);
    uint64_t words[LANES / 2];
    memcpy(words, &between, sizeof words);
    uint64_t any = 0;
    for (size_t i = 0; i < LANES / 2; i++) {
        any |= words[i];
    }
    return any != 0;
}

/* Puts the places of those from `low` to below `high`, which are few, into `scratch`; returns how
 * many there are. */
static size_t list_between(const struct candidates *c, float low, float high) {
    const float *weights = c->weights;
    size_t length = 0;
    for (size_t i = 0; i < c->count; i += LANES) {
        size_t size = c->count - i < LANES ? c->count - i : LANES;
        if (size == LANES && !has_between(weights + i, low, high)) {
            continue;
        }
        for (size_t j = i; j < i + size; j++) {
            c->scratch[length] = (uint32_t)j;
            length += (size_t)((weights[j] >= low) & (weights[j] < high));
        }
    }
    return length;
}

/* By the digit of the scale, among the places in `scratch`; returns how many of these stay there,
 * and moves the scale to where their distances begin. */
static size_t split(struct candidates *c, size_t length, struct scale *scale, struct want *want) {
    double mass[DIGITS] = {0};
    for (size_t i = 0; i < length; i++) {
        float weight = c->weights[c->scratch[i]];
        mass[digit_of(weight, scale)] += amount(want, weight);
    }
    uint32_t digit = choose_digit(want, mass);
    size_t kept = 0;
    for (size_t i = 0; i < length; i++) {
        uint32_t at = c->scratch[i];
        float weight = c->weights[at];
        uint32_t mine = digit_of(weight, scale);
        c->weights[at] = mine < digit ? 0.0F : weight;
        c->scratch[kept] = at;
        kept += mine == digit;
    }
    scale->low = float_of(bits_of(scale->low) + (digit << scale->shift));
    return kept;
}

/* None below `least` > 0 is among them. */
static void leave_greatest(struct candidates *c, float least, struct want want) {
    double mass[SUMS];
    struct scale scale = {.low = least};
    while (digit_of(1.0F, &scale) >= DIGITS) {
        scale.shift++;
    }
    add_up_all(c, &want, &scale, mass);
    uint32_t low = bits_of(least) + (choose_digit(&want, mass) << scale.shift);
    scale.low = float_of(low);
    leave_from(c->weights, c->count, scale.low);
    size_t length = list_between(c, scale.low, float_of(low + (1U << scale.shift)));
    while (scale.shift > 0) {
        scale.shift = scale.shift > DIGIT_BITS ? scale.shift - DIGIT_BITS : 0;
        length = split(c, length, &scale, &want);
    }
    for (size_t i = 0; i < length; i++) { /* these are equal, and in order of their ids */
        float *weight = &c->weights[c->scratch[i]];
        if (want.have < want.wanted) {
            want.have += amount(&want, *weight);
        } else {
            *weight = 0;
        }
    }
}

/* The lesser of both in each lane, or that of `least` where the other is 0. */
static inline void take_least(const float *weights, int_lanes *least) {
    int_lanes bits;
    memcpy(&bits, weights, sizeof bits);
    int_lanes less = (bits > 0) & (bits < *least);
    *least = (bits & less) | (*least & ~less);
}

/* The least that is not 0; at most 1. */
static float find_least(const float *weights, size_t count) {
    const int_lanes ones = {0x3F800000, 0x3F800000, 0x3F800000, 0x3F800000};
    int_lanes a = ones, b = ones;
    size_t whole = count - count % SUM_LANES;
    for (size_t i = 0; i < whole; i += SUM_LANES) {
        take_least(weights + i, &a);
        take_least(weights + i + LANES, &b);
    }
    float lanes[SUM_LANES];
    memcpy(lanes, &a, sizeof a);
    memcpy(lanes + LANES, &b, sizeof b);
    float least = 1.0F;
    for (size_t j = 0; j < SUM_LANES; j++) {
        least = lanes[j] < least ? lanes[j] : least;
    }
    for (size_t i = whole; i < count; i++) {
        least = weights[i] > 0 && weights[i] < least ? weights[i] : least;
    }
    return least;
}

void filter_top_k(struct candidates *candidates, size_t k) {
    struct candidates *c = candidates;
    if (k < c->count) {
        leave_greatest(c, find_least(c->weights, c->count), (struct want){.wanted = (double)k});
    }
}

/* All that are below the mean of what may be left out cannot be more than that together. */
void filter_top_p(struct candidates *candidates, double p) {
    static const double certain = 0.999; /* whatever is lost to rounding */
    struct candidates *c = candidates;
    if (p < 1) {
        double sum = weights_sum(c->weights, c->count);
        double least = certain * (1 - p) * sum / (double)c->count;
        leave_greatest(c, fmaxf((float)least, FLT_MIN),
                       (struct want){.weight = true, .wanted = p * sum});
    }
}

void filter_min_p(struct candidates *candidates, double p) {
    float least = (float)p;
    if ((double)least < p) {
        least = nextafterf(least, 2);
    }
    leave_from(candidates->weights, candidates->count, least);
}
