#include "kernels/dispatch.h"

#include "kernels/sets.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CHARNN_TABLE_ROW(table) &kernels_##table,
const struct kernels *const kernels_table[] = {CHARNN_TABLES(CHARNN_TABLE_ROW)};
#undef CHARNN_TABLE_ROW

const size_t kernels_count = sizeof kernels_table / sizeof kernels_table[0];

static const struct kernels *current;

static void choose(void) {
    const char *wanted = getenv("CHARNN_KERNELS");
    for (size_t i = 0; i < kernels_count; i++) {
        const struct kernels *kernels = kernels_table[i];
        bool named = wanted == NULL || wanted[0] == '\0' || strcmp(wanted, kernels->name) == 0;
        if (named && kernels->supported()) {
            current = kernels;
            return;
        }
    }
}

const struct kernels *kernels_current(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
    return current;
}

bool kernels_all_finite(const float *values, size_t count) {
    size_t whole = count - count % CHARNN_LANES;
    /* In double precision, squares of finite floats and their sums cannot overflow. */
    double sum = kernels_current()->sum_of_squares(values, whole);
    for (size_t i = whole; i < count; i++) {
        sum += (double)values[i] * (double)values[i];
    }
    return isfinite(sum);
}
