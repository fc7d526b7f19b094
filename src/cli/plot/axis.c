#include "cli/plot/axis.h"

#include <math.h>
#include <stdio.h>

static const double rounding = 1e-9; /* error of floating point, as a fraction of an interval */

static double round_interval(double least) {
    double power = pow(10, floor(log10(least)));
    double times = least / power - rounding;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

struct plot_axis plot_axis_fit(double low, double high, size_t ticks) {
    const double flat = 1e-6;
    if (high - low <= flat * fabs(high)) {
        double margin = high != 0 ? fabs(high) / 20 : 1;
        low -= margin;
        high += margin;
    }
    return (struct plot_axis){
        .low = low,
        .high = high,
        .interval = round_interval((high - low) / (double)(ticks > 0 ? ticks : 1)),
    };
}

double plot_axis_place(const struct plot_axis *axis, double value) {
    return (value - axis->low) / (axis->high - axis->low);
}

static double first_tick(const struct plot_axis *axis) {
    return ceil(axis->low / axis->interval - rounding);
}

size_t plot_axis_ticks(const struct plot_axis *axis) {
    double count = floor(axis->high / axis->interval + rounding) - first_tick(axis) + 1;
    return count > 0 ? (size_t)count : 0;
}

double plot_axis_tick(const struct plot_axis *axis, size_t i, char text[CHARNN_AXIS_TEXT]) {
    double value = (first_tick(axis) + (double)i) * axis->interval;
    double decimals = -floor(log10(axis->interval) + rounding);
    (void)snprintf(text, CHARNN_AXIS_TEXT, "%.*f", decimals > 0 ? (int)decimals : 0, value);
    return value;
}
