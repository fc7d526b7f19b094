#include "infer/inside/gates.h"

#include <math.h>

struct gate_use gate_use(const float *series, size_t length) {
    size_t open = 0;
    size_t shut = 0;
    for (size_t t = 0; t < length; t++) {
        open += series[t] > 0.9F;
        shut += series[t] < 0.1F;
    }
    return (struct gate_use){(double)open / (double)length, (double)shut / (double)length};
}

/* One logarithm for several floats, whose product does not leave the range of a double. */
enum { FACTORS = 6 };

double gate_memory(const float *keep, size_t length) {
    double sum = 0;
    for (size_t t = 0; t < length; t += FACTORS) {
        double product = 1;
        for (size_t i = t; i < t + FACTORS && i < length; i++) {
            product *= (double)keep[i];
        }
        sum += log(product);
    }
    return sum < 0 ? -(double)length / sum : INFINITY;
}
