/* Run-time dispatch: the kernel sets of this program, and the one in use. */
#ifndef CHARNN_KERNELS_DISPATCH_H
#define CHARNN_KERNELS_DISPATCH_H

#include "kernels/kernels.h"

/* Every set built into this program, best first; the last runs on every processor. */
extern const struct kernels *const kernels_table[];
extern const size_t kernels_count;

/* The set in use, chosen at the first call: the set that the environment variable CHARNN_KERNELS
 * names, or the best supported set if the variable is unset or empty. NULL if the variable names no
 * supported set. */
const struct kernels *kernels_current(void);

/* Whether none of values[count] is infinite or NaN. Uses the set in use. */
bool kernels_all_finite(const float *values, size_t count);

#endif
