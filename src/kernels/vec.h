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

/* e^x for -87 <= x <= 0, one ulp or so; NaN for NaN.
 * x = n ln 2 + r with |r| <= ln 2 / 2 (Cody & Waite's two-part ln 2), e^r by its Taylor polynomial
 * with the tail economised (degree 6), times 2^n: the shift leaves n + 127 in the lowest bits. */
KERNEL_INLINE vec vec_exp_negative(vec x) {
    const vec shift = vec_set(0x1.8000fep23F);
    vec shifted = vec_fma(x, vec_set(0x1.715476p+0F), shift);
    vec n = shifted - shift;
    vec r = vec_fma(n, vec_set(-0x1.62e4p-1F), x);
    r = vec_fma(n, vec_set(-0x1.7f7d1cp-20F), r);
    vec p = vec_set(0x1.6c16c2p-10F);
    p = vec_fma(p, r, vec_set(0x1.111112p-7F));
    p = vec_fma(p, r, vec_set(0x1.555556p-5F));
    p = vec_fma(p, r, vec_set(0x1.555556p-3F));
    p = vec_fma(p, r, vec_set(0.5F));
    p = vec_fma(p, r, vec_set(1.0F));
    p = vec_fma(p, r, vec_set(1.0F));
    return p * vec_from_bits(vec_bits(shifted) << 23);
}

/* 1 / d for 1 <= d <= 2, within an ulp: the quadratic q with 1 - d q(d) = -T3(2d - 3) / 99 (T3 the
 * Chebyshev polynomial; within 1/99), then two Newton steps, which square the error. A division
 * would take several times as long, and hardware estimates differ between processors. */
KERNEL_INLINE vec vec_reciprocal_1_2(vec d) {
    vec r = vec_fma(vec_set(32.0F / 99.0F), d, vec_set(-144.0F / 99.0F));
    r = vec_fma(r, d, vec_set(210.0F / 99.0F));
    vec e = vec_fma(-d, r, vec_set(1.0F));
    r = vec_fma(r, e, r);
    e = vec_fma(-d, r, vec_set(1.0F));
    return vec_fma(r, e, r);
}

KERNEL_INLINE vec vec_magnitude(vec x) {
    return vec_from_bits(vec_bits(x) & 0x7fffffffU);
}

/* 1 / (1 + e^-x), within 1.5e-7 absolute; 0 and 1 at the infinities, NaN for NaN. */
KERNEL_INLINE vec vec_sigmoid(vec x) {
    vec t = vec_exp_negative(-vec_at_most(vec_set(87.0F), vec_magnitude(x)));
    vec r = vec_reciprocal_1_2(t + vec_set(1.0F));
    ivec negative = 0U - (vec_bits(x) >> 31);
    return vec_from_bits((vec_bits(t * r) & negative) | (vec_bits(r) & ~negative));
}

/* tanh x = (1 - e^-2x) / (1 + e^-2x), odd, within 1.5e-7 absolute; NaN for NaN. */
KERNEL_INLINE vec vec_tanh(vec x) {
    vec m = vec_at_most(vec_set(43.0F), vec_magnitude(x));
    vec t = vec_exp_negative(m * vec_set(-2.0F));
    vec y = (vec_set(1.0F) - t) * vec_reciprocal_1_2(t + vec_set(1.0F));
    return vec_from_bits(vec_bits(y) | (vec_bits(x) & 0x80000000U));
}

#endif
