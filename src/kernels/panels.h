/* How matrices are cut into panels and strips. Included by the products. */
#ifndef CHARNN_KERNELS_PANELS_H
#define CHARNN_KERNELS_PANELS_H

#include "kernels/kernels.h"
#include "kernels/vec.h"

/* The width of the panel that begins at `column` of n. */
KERNEL_INLINE size_t panel_width(size_t n, size_t column) {
    return n - column < CHARNN_PANEL ? n - column : CHARNN_PANEL;
}

/* The size of part i when `whole` is split evenly into `parts`. An uneven split would end in a
 * strip of few rows, which waits for the latency of its few multiply-add chains. */
KERNEL_INLINE size_t even_share(size_t whole, size_t parts, size_t i) {
    return whole / parts + (i < whole % parts ? 1 : 0);
}

#endif
