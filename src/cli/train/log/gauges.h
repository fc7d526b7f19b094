/* Small pictures in the live line: how far a run is, and its validation losses so far. */
#ifndef CHARNN_CLI_TRAIN_LOG_GAUGES_H
#define CHARNN_CLI_TRAIN_LOG_GAUGES_H

#include <stddef.h>

enum { CHARNN_BAR = 10, CHARNN_SPARKS = 16, CHARNN_GAUGE_TEXT = 64 };

/* "████░░░░░░" for 0.4. */
void gauge_bar(double done, char text[CHARNN_GAUGE_TEXT]);

/* Zero-initialised: no values. */
struct sparks {
    double values[CHARNN_SPARKS]; /* [count], each the mean of 2^halvings values */
    size_t count;
    size_t halvings;
    double sum; /* of the latest values, not yet in `values` */
    size_t summed;
};

/* When the line is full, neighbours are averaged, so that it always shows the whole run. */
void sparks_add(struct sparks *sparks, double value);

/* "█▅▃▂▁▁", scaled from the lowest value to the highest; "" if there are fewer than two. */
void sparks_draw(const struct sparks *sparks, char text[CHARNN_GAUGE_TEXT]);

#endif
