#include "infer/logits.h"

#include "base/math.h"
#include "base/memory.h"
#include "kernels/dispatch.h"

#include <math.h>
#include <string.h>

enum status logits_copy(const float *logits, size_t vocab, float *copy, struct error *error) {
    if (!kernels_all_finite(logits, vocab)) {
        size_t i = 0;
        while (isfinite(logits[i])) {
            i++;
        }
        return error_set(error, CHARNN_ERROR_DATA,
                         "the weights of the model are unusable: the logit of symbol %zu is %f", i,
                         (double)logits[i]);
    }
    memcpy(copy, logits, vocab * sizeof *copy);
    for (size_t i = vocab; i < size_round_up(vocab, CHARNN_LANES); i++) {
        copy[i] = -INFINITY;
    }
    return CHARNN_OK;
}

/* Independent lanes, because one chain of comparisons would be bound by their latency. */
float logits_greatest(const float *padded, size_t count) {
    float lanes[CHARNN_LANES];
    memcpy(lanes, padded, sizeof lanes);
    for (size_t i = CHARNN_LANES; i < count; i += CHARNN_LANES) {
        for (size_t lane = 0; lane < CHARNN_LANES; lane++) {
            float value = padded[i + lane];
            lanes[lane] = value > lanes[lane] ? value : lanes[lane];
        }
    }
    float greatest = lanes[0];
    for (size_t lane = 1; lane < CHARNN_LANES; lane++) {
        greatest = lanes[lane] > greatest ? lanes[lane] : greatest;
    }
    return greatest;
}

double logits_log_sum(float *padded, size_t vocab) {
    const struct kernels *kernels = kernels_current();
    size_t count = size_round_up(vocab, CHARNN_LANES);
    float greatest = logits_greatest(padded, count);
    kernels->exponentials(padded, count, greatest, 1, padded);
    return (double)greatest + math_log(kernels->sum(padded, vocab));
}
