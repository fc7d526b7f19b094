/* Elementary functions from IEEE arithmetic alone, for results that must not depend on libm. */
#ifndef CHARNN_BASE_MATH_H
#define CHARNN_BASE_MATH_H

#include <stdint.h>

/* ln x for normal positive x, within 2 ulp or 1e-16 absolute. */
double math_log(double x);

/* cos(pi x) for 0 <= x <= 1, within 1e-15 absolute. */
double math_cos_pi(double x);

/* base^exponent by squaring; each of up to 128 products rounds. */
double math_power(double base, uint64_t exponent);

#endif
