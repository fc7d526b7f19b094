#include "peak.h"

#include "kernels/vec.h"

/*
 * A processor starts two multiply-adds per cycle, with NEON up to four, and has a latency of four
 * or five cycles. So ten or sixteen chains keep it busy. Together with two constants they must fit
 * the 16 or 32 vector registers, and GCC unrolls no loop of more than 16 iterations by itself.
 */
#if defined(__AVX512F__) || defined(__aarch64__)
enum { CHAINS = 16 };
#else
enum { CHAINS = 12 };
#endif
enum { STEPS = 16 };

static float add_lanes(vec v) {
    float lanes[VEC_WIDTH];
    vec_store(lanes, v);
    float sum = 0;
    for (size_t i = 0; i < VEC_WIDTH; i++) {
        sum += lanes[i];
    }
    return sum;
}

static float multiply_add(size_t rounds) {
    const vec a = vec_set(0.999F); /* every chain converges to 1: no overflow and no underflow */
    const vec b = vec_set(0.001F);
    vec chain[CHAINS];
    for (size_t c = 0; c < CHAINS; c++) {
        chain[c] = vec_set((float)(rounds + c)); /* not a compile-time constant */
    }
    for (size_t r = 0; r < rounds; r++) {
        for (size_t s = 0; s < STEPS; s++) {
            for (size_t c = 0; c < CHAINS; c++) {
                chain[c] = vec_fma(chain[c], a, b);
            }
        }
    }
    vec sum = chain[0];
    for (size_t c = 1; c < CHAINS; c++) {
        sum += chain[c];
    }
    return add_lanes(sum);
}

static float read_array(const float *data, size_t count, size_t times) {
    enum { SUMS = CHARNN_PEAK_GRAIN / CHARNN_LANES };
    vec sum[SUMS];
    for (size_t i = 0; i < SUMS; i++) {
        sum[i] = vec_set(0.0F);
    }
    for (; times > 0; times--) {
        for (size_t j = 0; j < count; j += (size_t)SUMS * VEC_WIDTH) {
            for (size_t i = 0; i < SUMS; i++) {
                sum[i] += vec_load(data + j + i * VEC_WIDTH);
            }
        }
    }
    for (size_t i = 1; i < SUMS; i++) {
        sum[0] += sum[i];
    }
    return add_lanes(sum[0]);
}

const struct peak KERNEL_NAME(peak) = {
    .flops_per_round = 2.0 * CHAINS * STEPS * VEC_WIDTH,
    .multiply_add = multiply_add,
    .read = read_array,
};
