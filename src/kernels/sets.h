/* The instruction sets that the kernels are compiled for. A new set is one row here and its
 * compiler flags in the Makefile (KERNEL_SETS, KERNEL_FLAGS_<set>). */
#ifndef CHARNN_KERNELS_SETS_H
#define CHARNN_KERNELS_SETS_H

#include "kernels/kernels.h"

/* X(set), best first; the last runs on every processor of the architecture. */
#if defined(__x86_64__)
#define CHARNN_SETS(X) X(v4) X(v3) X(v2) X(scalar)
#elif defined(__aarch64__)
#define CHARNN_SETS(X) X(neon) X(scalar)
#else
#define CHARNN_SETS(X) X(scalar)
#endif

#define CHARNN_SET_ENUM(set) CHARNN_SET_##set,
enum kernel_set { CHARNN_SETS(CHARNN_SET_ENUM) CHARNN_SET_COUNT };
#undef CHARNN_SET_ENUM

/* X(table), best first: a table of functions for each set, and more for sets whose processors may
 * have instructions for products of bytes (VNNI) or tiles (AMX). */
#if defined(__x86_64__)
#define CHARNN_TABLES(X) X(v4_amx) X(v4_vnni) X(v4) X(v3_vnni) X(v3) X(v2) X(scalar)
#else
#define CHARNN_TABLES(X) CHARNN_SETS(X)
#endif

#define CHARNN_TABLE_DECLARATION(table) extern const struct kernels kernels_##table;
CHARNN_TABLES(CHARNN_TABLE_DECLARATION)
#undef CHARNN_TABLE_DECLARATION

/* The name of the set as a string, in files compiled once per set. */
#define CHARNN_TEXT_(x) #x
#define CHARNN_TEXT(x) CHARNN_TEXT_(x)
#define KERNEL_TEXT CHARNN_TEXT(KERNEL_SET)

#endif
