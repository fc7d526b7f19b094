#include "infer/filters.h"

#include <float.h>
#include <math.h>
#include <string.h>

/*
 * The bits of floats from 0 to 1 are in the floats' order, and below 2^30. By the first digits of
 * their distances from the bits of the least weight that may be kept, a sample of the weights tells
 * about where the last that is kept lies; how much there really is from there on takes a pass over
 * all, whose difference from the guess makes the next guess better. A few of these passes leave
 * weights of a few digits to look into, as a radix sort would, but into one bucket alone after each
 * digit. The passes have no branches that depend on the weights, so that the compiler can use
 * vectors, and none moves them: what is left may be most of them.
 */
enum { DIGIT_BITS = 10, DIGITS = 1 << DIGIT_BITS };

/* Of fewer weights all are in the sample. A bracket of so few is looked into; where so many guesses
 * found none, as the sample lacks what matters, halves are taken. */
enum { SAMPLE_FROM = 1 << 12, SAMPLE_STRIDE = 16, FEW = 1 << 9, SLACK = FEW / 8, GUESSES = 3 };

enum { LANES = 4 };

/* Vectors of the compiler, of a width that every processor has: without them it would take branches
 * by chance. */
typedef float float_lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t int_lanes __attribute__((vector_size(LANES * sizeof(int32_t))));

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

/* What the greatest are taken for until there is enough of it. */
struct want {
    bool weight;   /* their weight; else their number */
    double wanted; /* so much of it */
    double have;   /* of those that are greater than any still looked at */
};

static double amount(const struct want *want, float weight) {
    return want->weight ? (double)weight : 1;
}

/* What digits are taken of: the distance of a weight's bits from those of `low`. */
struct scale {
    float low;
    int shift; /* of the digit */
};

static uint32_t digit_of(float weight, const struct scale *scale) {
    return (bits_of(weight) - bits_of(scale->low)) >> scale->shift;
}

/* The least weight of a digit. */
static float least_of(uint32_t digit, const struct scale *scale) {
    return float_of(bits_of(scale->low) + (digit << scale->shift));
}

static double amount_from(const struct candidates *c, const struct want *want, float low) {
    return want->weight ? c->kernels->sum_at_least(c->weights, c->count, low)
                        : (double)c->kernels->count_at_least(c->weights, c->count, low);
}

/* About how much there is for each digit; the last sum is for what is below all of them. */
static void estimate(const struct candidates *c, const struct want *want, const struct scale *scale,
                     double mass[DIGITS + 1]) {
    size_t stride = c->count < SAMPLE_FROM ? 1 : SAMPLE_STRIDE;
    memset(mass, 0, (DIGITS + 1) * sizeof *mass);
    for (size_t i = 0; i < c->count; i += stride) {
        uint32_t digit = digit_of(c->weights[i], scale); /* beyond all for what is below `low` */
        mass[digit < DIGITS ? digit : DIGITS] += (double)stride * amount(want, c->weights[i]);
    }
}

/* Where the last that is kept is looked for: those from digit `high` on are kept, those below `low`
 * are not. */
struct bracket {
    uint32_t low, high;
    double at_low; /* how much there is from there on; at `high` it is what the want has */
};

/* Weights of an amount, at most, where the least of them is of `digit`. */
static double number_of(double amount, const struct want *want, uint32_t digit,
                        const struct scale *scale) {
    return want->weight ? amount / (double)least_of(digit, scale) : amount;
}

/* From `digit`, from which on there is the amount `have`, to where that is beyond what is wanted by
 * about `slack` weights; within the bracket. */
static uint32_t guess(const double mass[DIGITS], const struct want *want, const struct scale *scale,
                      const struct bracket *bracket, uint32_t digit, double have, double slack) {
    if (have < want->wanted) {
        while (
            digit > bracket->low + 1 &&
            (have < want->wanted || number_of(have - want->wanted, want, digit, scale) < slack)) {
            have += mass[--digit];
        }
    } else {
        while (
            digit < bracket->high - 1 &&
            (have >= want->wanted || number_of(want->wanted - have, want, digit, scale) < slack)) {
            have -= mass[digit++];
        }
    }
    return digit;
}

static struct bracket find_bracket(const struct candidates *c, const struct scale *scale,
                                   struct want *want) {
    struct bracket bracket = {0, DIGITS, HUGE_VAL};
    double mass[DIGITS + 1];
    estimate(c, want, scale, mass);
    uint32_t digit = DIGITS;
    double have = 0;
    double slack = 0;
    for (int pass = 0; bracket.high - bracket.low > 1 &&
                       number_of(bracket.at_low - want->have, want, bracket.low, scale) > FEW;
         pass++) {
        digit = pass < GUESSES ? guess(mass, want, scale, &bracket, digit, have, slack)
                               : (bracket.low + bracket.high) / 2;
        have = amount_from(c, want, least_of(digit, scale));
        if (have < want->wanted) {
            bracket.high = digit;
            want->have = have;
        } else {
            bracket.low = digit;
            bracket.at_low = have;
        }
        slack = slack > 0 ? 2 * slack : SLACK;
    }
    return bracket;
}

/* The digit where there is enough: those above are kept, those below are not. */
static uint32_t choose_digit(struct want *want, const double mass[DIGITS]) {
    uint32_t digit = DIGITS - 1;
    while (digit > 0 && want->have + mass[digit] < want->wanted) {
        want->have += mass[digit--];
    }
    return digit;
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

/* Puts the places of those from `low` to below `high`, which are few unless they are alike, into
 * `scratch`; returns how many there are. */
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
    scale->low = least_of(digit, scale);
    return kept;
}

/* Until the digits of distances of at most `most` are few enough. */
static int shift_for(uint32_t most) {
    int shift = 0;
    while (most >> shift >= DIGITS) {
        shift++;
    }
    return shift;
}

/* None below `least` > 0 is among them. */
static void leave_greatest(struct candidates *c, float least, struct want want) {
    struct scale scale = {.low = least, .shift = shift_for(bits_of(1.0F) - bits_of(least))};
    struct bracket bracket = find_bracket(c, &scale, &want);
    uint32_t span = (bracket.high - bracket.low) << scale.shift;
    float high = least_of(bracket.high, &scale);
    scale.low = least_of(bracket.low, &scale);
    c->kernels->zero_below(c->weights, c->count, scale.low);
    size_t length = list_between(c, scale.low, high);
    scale.shift = shift_for(span - 1);
    while (length > 1) {
        length = split(c, length, &scale, &want);
        if (scale.shift == 0) {
            break;
        }
        scale.shift = scale.shift > DIGIT_BITS ? scale.shift - DIGIT_BITS : 0;
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

void filter_top_k(struct candidates *candidates, size_t k) {
    struct candidates *c = candidates;
    if (k < c->count) {
        leave_greatest(c, c->kernels->least_positive(c->weights, c->count),
                       (struct want){.wanted = (double)k});
    }
}

/* All that are below the mean of what may be left out cannot be more than that together. */
void filter_top_p(struct candidates *candidates, double p) {
    static const double certain = 0.999; /* whatever is lost to rounding */
    struct candidates *c = candidates;
    if (p < 1) {
        double sum = c->kernels->sum_at_least(c->weights, c->count, 0);
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
    candidates->kernels->zero_below(candidates->weights, candidates->count, least);
}
