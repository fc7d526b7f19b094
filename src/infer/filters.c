#include "infer/filters.h"

#include <stdbool.h>
#include <string.h>

/* Floats that are not negative compare like their bits. */
static uint64_t make_key(float weight, size_t id) {
    uint32_t bits;
    memcpy(&bits, &weight, sizeof bits);
    return (uint64_t)bits << 32 | (UINT32_MAX - (uint32_t)id);
}

static float key_weight(uint64_t key) {
    uint32_t bits = (uint32_t)(key >> 32);
    float weight;
    memcpy(&weight, &bits, sizeof weight);
    return weight;
}

static size_t key_id(uint64_t key) {
    return UINT32_MAX - (uint32_t)key;
}

static double sum_weights(const uint64_t *keys, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)key_weight(keys[i]);
    }
    return sum;
}

void candidates_list(struct candidates *candidates, const float *weights, size_t count) {
    uint64_t *keys = candidates->keys;
    for (size_t i = 0; i < count; i++) {
        keys[i] = make_key(weights[i], i);
    }
    candidates->count = count;
}

void candidates_apply(const struct candidates *candidates, float *weights, size_t count) {
    memset(weights, 0, count * sizeof *weights);
    for (size_t i = 0; i < candidates->count; i++) {
        weights[key_id(candidates->keys[i])] = key_weight(candidates->keys[i]);
    }
}

/* Moves keys above the pivot to the front and returns their number. It swaps without a branch,
 * which would be mispredicted half of the time. */
static size_t partition(uint64_t *keys, size_t count, uint64_t pivot) {
    size_t above = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t key = keys[i];
        keys[i] = keys[above];
        keys[above] = key;
        above += key > pivot;
    }
    return above;
}

/* Quickselect (Hoare 1961) for the smallest set of greatest keys whose number, or the sum of their
 * weights, is at least `wanted`. The pivot is a mean of different keys: one of them is above it and
 * another is not, so every partition makes progress. */
static void keep_greatest(struct candidates *candidates, bool by_weight, double wanted) {
    uint64_t *keys = candidates->keys; /* undecided keys; the keys before them are kept */
    size_t count = candidates->count;
    while (count > 1) {
        uint64_t pivot = (keys[0] + keys[count / 2] + keys[count - 1]) / 3;
        size_t above = partition(keys, count, pivot);
        double amount = by_weight ? sum_weights(keys, above) : (double)above;
        if (amount < wanted) {
            wanted -= amount;
            keys += above;
            count -= above;
        } else {
            count = above;
        }
    }
    candidates->count = (size_t)(keys - candidates->keys) + count;
}

void filter_top_k(struct candidates *candidates, size_t k) {
    if (k < candidates->count) {
        keep_greatest(candidates, false, (double)k);
    }
}

void filter_top_p(struct candidates *candidates, double p) {
    if (p < 1) {
        keep_greatest(candidates, true, p * sum_weights(candidates->keys, candidates->count));
    }
}

void filter_min_p(struct candidates *candidates, double p) {
    size_t kept = 0;
    for (size_t i = 0; i < candidates->count; i++) {
        uint64_t key = candidates->keys[i];
        candidates->keys[kept] = key;
        kept += (double)key_weight(key) >= p;
    }
    candidates->count = kept;
}
