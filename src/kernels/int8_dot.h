/* Dot products of four bytes in each lane. Included by simd_int8.c only. */
#ifndef CHARNN_KERNELS_INT8_DOT_H
#define CHARNN_KERNELS_INT8_DOT_H

#include "kernels/vec.h"

#if defined(KERNEL_SCALAR)
typedef int32_t svec;
#else
typedef int32_t svec __attribute__((vector_size(4 * VEC_WIDTH)));
#endif

KERNEL_INLINE svec svec_load(const void *p) {
    svec v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* The same four bytes in each lane. */
KERNEL_INLINE svec svec_set_bytes(const unsigned char *bytes) {
    int32_t x;
    memcpy(&x, bytes, sizeof x);
#if defined(KERNEL_SCALAR)
    return x;
#elif defined(__AVX512F__)
    return (svec)_mm512_set1_epi32(x);
#elif defined(__AVX2__)
    return (svec)_mm256_set1_epi32(x);
#elif defined(__aarch64__)
    return (svec)vdupq_n_s32(x);
#else
    return (svec){x, x, x, x};
#endif
}

/* The nearest floats. */
KERNEL_INLINE vec svec_to_floats(svec v) {
#if defined(KERNEL_SCALAR)
    return (float)v;
#else
    return __builtin_convertvector(v, vec);
#endif
}

/*
 * sum + a[0] w[0] + ... + a[3] w[3] in each lane, exactly: a has bytes from 0 to 127, w from -128
 * to 127, so that the sum of two products fits 16 bits.
 */
KERNEL_INLINE svec int8_dot(svec sum, svec a, svec w, const bool vnni) {
#if defined(KERNEL_SCALAR)
    (void)vnni;
    for (int shift = 0; shift < 32; shift += 8) {
        sum += (int32_t)(int8_t)((uint32_t)a >> shift) * (int8_t)((uint32_t)w >> shift);
    }
    return sum;
#elif defined(__AVX512F__)
    if (vnni) {
        __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(w));
        return sum;
    }
    const __m512i pairs = _mm512_maddubs_epi16((__m512i)a, (__m512i)w);
    return sum + (svec)_mm512_madd_epi16(pairs, _mm512_set1_epi16(1));
#elif defined(__AVX2__)
    if (vnni) {
        __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(w));
        return sum;
    }
    const __m256i pairs = _mm256_maddubs_epi16((__m256i)a, (__m256i)w);
    return sum + (svec)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
#elif defined(__ARM_FEATURE_DOTPROD)
    (void)vnni;
    return (svec)vdotq_s32((int32x4_t)sum, (int8x16_t)a, (int8x16_t)w);
#elif defined(__aarch64__)
    (void)vnni;
    const int8x16_t ab = (int8x16_t)a;
    const int8x16_t wb = (int8x16_t)w;
    const int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(ab), vget_low_s8(wb)));
    const int32x4_t high = vpaddlq_s16(vmull_high_s8(ab, wb));
    return sum + (svec)vpaddq_s32(low, high);
#else
    (void)vnni;
    const __m128i pairs = _mm_maddubs_epi16((__m128i)a, (__m128i)w);
    return sum + (svec)_mm_madd_epi16(pairs, _mm_set1_epi16(1));
#endif
}

#endif
