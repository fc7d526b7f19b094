/* The caches of the processor, as the system describes them. */
#ifndef CHARNN_BENCH_CACHES_H
#define CHARNN_BENCH_CACHES_H

#include <stddef.h>

/* Writes "L1 48K data, L2 2048K, L3 307200K" for the first processor to text[size >= 1]; "unknown"
 * if the system does not say. */
void caches_describe(char *text, size_t size);

#endif
