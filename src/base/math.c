#include "base/math.h"

#include <math.h>

/* x = m 2^e with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh((m - 1) / (m + 1)) by its series. */
double math_log(double x) {
    static const double ln2_high = 0x1.62e42feep-1; /* few bits, so that e * ln2_high is exact */
    static const double ln2_low = 0x1.a39ef35793c76p-33;
    int e;
    double m = frexp(x, &e);
    if (m < 0x1.6a09e667f3bcdp-1) {
        m *= 2;
        e--;
    }
    double s = (m - 1) / (m + 1);
    double s2 = s * s;
    double sum = 0;
    for (int k = 23; k >= 3; k -= 2) {
        sum = (sum + 1.0 / k) * s2;
    }
    return e * ln2_high + (2 * (s + s * sum) + e * ln2_low);
}

/* cos(pi x) = -sin(pi (x - 1/2)), the sine by its Taylor series on [-pi/2, pi/2]. */
double math_cos_pi(double x) {
    static const double pi = 0x1.921fb54442d18p+1;
    double y = pi * (x - 0.5);
    double y2 = y * y;
    double sum = 1;
    for (int k = 22; k >= 2; k -= 2) {
        sum = 1 - sum * y2 / (k * (k + 1.0));
    }
    return -y * sum;
}

double math_power(double base, uint64_t exponent) {
    double result = 1;
    for (; exponent > 0; exponent /= 2) {
        result = exponent % 2 == 1 ? result * base : result;
        base *= base;
    }
    return result;
}
