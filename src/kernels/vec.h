/*
 * Vectors of the instruction set that the including file is compiled for.
 *
 * Kernel sources are compiled once per set; KERNEL_SET names the set. This header holds everything
 * that differs between the sets: the vector width and a few operations. Kernels use them and the
 * compiler's arithmetic on vector types. Lanes run over independent outputs, and each output is one
 * chain of fused multiply-adds in a fixed order, so the sets with fused multiply-adds (v3, v4,
 * neon, and scalar through fmaf) give the same bits. v2 has none and rounds twice.
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
/* The name of a function or object in this set: KERNEL_NAME(product) is product_v4 in set v4. */
#define KERNEL_NAME(name) CHARNN_JOIN(name, KERNEL_SET)
#define KERNEL_INLINE static inline __attribute__((always_inline))
/* Of loops with many copies: sanitizer checks swell each, and compiling all would take minutes. */
#if defined(KERNEL_ONE_TILE)
#define KERNEL_TILE_INLINE static __attribute__((noinline))
#else
#define KERNEL_TILE_INLINE KERNEL_INLINE
#endif

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

/* The floats whose upper halves are at p. */
KERNEL_INLINE vec vec_load_bf16(const uint16_t *p) {
#if defined(KERNEL_SCALAR)
    const ivec bits = (uint32_t)*p << 16;
#elif defined(__AVX512F__)
    const ivec bits = (ivec)_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)) << 16;
#elif defined(__AVX2__)
    const ivec bits = (ivec)_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)) << 16;
#else
    uint16_t halves __attribute__((vector_size(2 * VEC_WIDTH)));
    memcpy(&halves, p, sizeof halves);
    const ivec bits = __builtin_convertvector(halves, ivec) << 16;
#endif
    vec v;
    memcpy(&v, &bits, sizeof v);
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

/* a * b + c, rounded once if VEC_FUSED. */
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

/* min(limit, x) and max(limit, x); NaN if x is NaN. */
KERNEL_INLINE vec vec_min(vec limit, vec x) {
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

KERNEL_INLINE vec vec_max(vec limit, vec x) {
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
 * 2^(x * (high + low)) for results from 2^-126 to 2^126, with relative error below 2.5e-7, or 3e-6
 * in a set that rounds twice; NaN for NaN.
 *
 * Let x * (high + low) = n + f with integer n and |f| <= 1/2. Then 2^f = 1 + f q(f), with q the
 * degree-4 minimax polynomial (maximum relative error 1.1e-7, found by reweighted least squares).
 * Adding `shift` rounds to n and leaves n + 127 in the lowest bits, ready to become the exponent.
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

/* e^x for -87 <= x <= 0, with error below 2.5e-7: relative, or absolute in a set that rounds twice.
 * NaN for NaN. */
KERNEL_INLINE vec vec_exp_negative(vec x) {
    return vec_exp2(x, VEC_LOG2_E, VEC_LOG2_E_REST);
}

/* x limited to [-limit, limit]; NaN for NaN. */
KERNEL_INLINE vec vec_clamp(float limit, vec x) {
    return vec_max(vec_set(-limit), vec_min(vec_set(limit), x));
}

/* 1 / (1 + e^-x), with absolute error below 1.5e-7; NaN for NaN. VEC_LOG2_E_REST would matter only
 * for results near 0 or 1. */
KERNEL_INLINE vec vec_sigmoid(vec x) {
    vec t = vec_exp2(vec_clamp(87.0F, x), -VEC_LOG2_E, 0.0F);
    return vec_set(1.0F) / (t + vec_set(1.0F));
}

/* tanh x = 1 - 2 / (e^2x + 1), with absolute error below 2e-7; NaN for NaN. */
KERNEL_INLINE vec vec_tanh(vec x) {
    vec t = vec_exp2(vec_clamp(43.0F, x), 2 * VEC_LOG2_E, 0.0F);
    return vec_set(1.0F) - vec_set(2.0F) / (t + vec_set(1.0F));
}

#endif
