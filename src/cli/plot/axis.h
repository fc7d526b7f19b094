/* An axis of a chart: a range of values, and round numbers in it. */
#ifndef CHARNN_CLI_PLOT_AXIS_H
#define CHARNN_CLI_PLOT_AXIS_H

#include <stddef.h>

enum { CHARNN_AXIS_TEXT = 32 };

struct plot_axis {
    double low, high; /* low < high */
    double interval;  /* between two ticks: 1, 2 or 5 times a power of ten */
};

/* An axis from `low` to `high` (widened if they are the same) with at most about `ticks` ticks. */
struct plot_axis plot_axis_fit(double low, double high, size_t ticks);

/* Where a value is: 0 at the low end, 1 at the high end. */
double plot_axis_place(const struct plot_axis *axis, double value);

size_t plot_axis_ticks(const struct plot_axis *axis);

/* The value of a tick; fills `text` with its number. */
double plot_axis_tick(const struct plot_axis *axis, size_t i, char text[CHARNN_AXIS_TEXT]);

#endif
