/*
 * Vectors of the instruction set that the including file is compiled for.
 *
 * One source is compiled once per set (KERNEL_SET names it). Only what differs between the sets is
 * here: the width and a handful of operations. Everything above is written with these and with
 * the compiler's arithmetic on vector types. Lanes always run over independent outputs, and a
 * product chain is fused multiply-adds in order, so the FMA sets (v3, v4, neon, and scalar through
 * fmaf) give the same bits. v2 has no fused multiply-add and rounds twice.
 */
#ifndef CHARNN_KERNELS_VEC_H
#define CHARNN_KERNELS_VEC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define CHARNN_JOIN_(a, b) a##_##b
#define CHARNN_JOIN(a, b) CHARNN_JOIN_(a, b)
/* The name of a function or object of this set: KERNEL_NAME(product) is product_v4. */
#define KERNEL_NAME(name) CHARNN_JOIN(name, KERNEL_SET)
#define KERNEL_INLINE static inline __attribute__((always_inline))

#if defined(KERNEL_SCALAR)
enum { VEC_WIDTH = 1 };
typedef float vec;
typedef uint32_t ivec;
#elif defined(__AVX512F__)
enum { VEC_WIDTH = 16 };
#elif defined(__AVX2__)
enum { VEC_WIDTH = 8 };
#else
enum { VEC_WIDTH = 4 };
#endif

#if !defined(KERNEL_SCALAR)
typedef float vec __attribute__((vector_size(4 * VEC_WIDTH)));
typedef uint32_t ivec __attribute__((vector_size(4 * VEC_WIDTH)));
#endif

KERNEL_INLINE vec vec_load(const float *p) {
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

KERNEL_INLINE void vec_store(float *p, vec v) {
    memcpy(p, &v, sizeof v);
}

KERNEL_INLINE ivec vec_bits(vec v) {
    ivec bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

KERNEL_INLINE vec vec_from_bits(ivec bits) {
    vec v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* x in every lane. */
KERNEL_INLINE vec vec_set(float x) {
#if defined(KERNEL_SCALAR)
    return x;
#elif defined(__AVX512F__)
    return (vec)_mm512_set1_ps(x);
#elif defined(__AVX2__)
    return (vec)_mm256_set1_ps(x);
#elif defined(__aarch64__)
    return (vec)vdupq_n_f32(x);
#else
    return (vec){x, x, x, x};
#endif
}

/* Whether vec_fma() rounds once. */
#if defined(KERNEL_SCALAR) || defined(__AVX512F__) || defined(__FMA__) || defined(__aarch64__)
enum { VEC_FUSED = 1 };
#else
enum { VEC_FUSED = 0 };
#endif

/* a * b + c, rounded once where the set can. */
KERNEL_INLINE vec vec_fma(vec a, vec b, vec c) {
#if defined(KERNEL_SCALAR)
    return fmaf(a, b, c);
#elif defined(__AVX512F__)
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__FMA__)
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
    return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return a * b + c;
#endif
}

/* The lesser and the greater of limit and x; x where x is NaN. */
KERNEL_INLINE vec vec_at_most(vec limit, vec x) {
#if defined(KERNEL_SCALAR)
    return limit < x ? limit : x;
#elif defined(__AVX512F__)
    return (vec)_mm512_min_ps((__m512)limit, (__m512)x);
#elif defined(__AVX2__)
    return (vec)_mm256_min_ps((__m256)limit, (__m256)x);
#elif defined(__aarch64__)
    return (vec)vminq_f32((float32x4_t)limit, (float32x4_t)x);
#else
    return (vec)_mm_min_ps((__m128)limit, (__m128)x);
#endif
}

KERNEL_INLINE vec vec_at_least(vec limit, vec x) {
#if defined(KERNEL_SCALAR)
    return limit > x ? limit : x;
#elif defined(__AVX512F__)
    return (vec)_mm512_max_ps((__m512)limit, (__m512)x);
#elif defined(__AVX2__)
    return (vec)_mm256_max_ps((__m256)limit, (__m256)x);
#elif defined(__aarch64__)
    return (vec)vmaxq_f32((float32x4_t)limit, (float32x4_t)x);
#else
    return (vec)_mm_max_ps((__m128)limit, (__m128)x);
#endif
}

/*
 * 2^(x * (high + low)) for results from 2^-126 to 2^126, within 2.5e-7 relative, or 3e-6 in a set
 * that rounds twice; NaN for NaN.
 * x * (high + low) = n + f with |f| <= 1/2; 2^f = 1 + f q(f), q of degree 4 with the least maximum
 * of the relative error (1.1e-7, found by reweighted least squares), times 2^n: the shift leaves n
 * + 127 in the lowest bits.
 */
KERNEL_INLINE vec vec_exp2(vec x, const float high, const float low) {
    const vec shift = vec_set(0x1.8000fep23F);
    vec shifted = vec_fma(x, vec_set(high), shift);
    vec n = shifted - shift;
    vec f = vec_fma(x, vec_set(high), -n);
    if (low != 0.0F) {
        f = vec_fma(x, vec_set(low), f);
    }
    vec p = vec_set(0x1.5bba14p-10F);
    p = vec_fma(p, f, vec_set(0x1.3cea88p-7F));
    p = vec_fma(p, f, vec_set(0x1.c6b752p-5F));
    p = vec_fma(p, f, vec_set(0x1.ebf9bcp-3F));
    p = vec_fma(p, f, vec_set(0x1.62e42ap-1F));
    p = vec_fma(p, f, vec_set(1.0F));
    return p * vec_from_bits(vec_bits(shifted) << 23);
}

#define VEC_LOG2_E 0x1.715476p+0F
#define VEC_LOG2_E_REST 0x1.4ae0cp-26F

/* e^x for -87 <= x <= 0, within 2.5e-7 relative, or absolute in a set that rounds twice; NaN for
 * NaN. */
KERNEL_INLINE vec vec_exp_negative(vec x) {
    return vec_exp2(x, VEC_LOG2_E, VEC_LOG2_E_REST);
}

/* x, but at most `limit` from 0; NaN for NaN. */
KERNEL_INLINE vec vec_within(float limit, vec x) {
    return vec_at_least(vec_set(-limit), vec_at_most(vec_set(limit), x));
}

/* 1 / (1 + e^-x), within 1.5e-7 absolute; NaN for NaN. The rest of log2 e would matter only where
 * the result is nearly 0 or 1. */
KERNEL_INLINE vec vec_sigmoid(vec x) {
    vec t = vec_exp2(vec_within(87.0F, x), -VEC_LOG2_E, 0.0F);
    return vec_set(1.0F) / (t + vec_set(1.0F));
}

/* tanh x = 1 - 2 / (e^2x + 1), within 2e-7 absolute; NaN for NaN. */
KERNEL_INLINE vec vec_tanh(vec x) {
    vec t = vec_exp2(vec_within(43.0F, x), 2 * VEC_LOG2_E, 0.0F);
    return vec_set(1.0F) - vec_set(2.0F) / (t + vec_set(1.0F));
}

#endif
