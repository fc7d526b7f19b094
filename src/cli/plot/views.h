/* The two ways to show a chart that is not empty. */
#ifndef CHARNN_CLI_PLOT_VIEWS_H
#define CHARNN_CLI_PLOT_VIEWS_H

#include "cli/plot/chart.h"

#include <stdio.h>

/* Prints the chart in at most `width` columns and, if the legend leaves room, `height` - 1 lines.
 * Errors: CHARNN_ERROR_DATA if the terminal is too narrow; CHARNN_ERROR_MEMORY; those of
 * stream_flush(). */
CHARNN_MUST_CHECK enum status plot_print(struct chart *chart, size_t width, size_t height,
                                         bool colours, FILE *out, struct error *error);

/* Writes the chart as an SVG picture to `path`, which appears when it is complete. Errors:
 * CHARNN_ERROR_IO, also if `path` is a file that is not SVG; CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status plot_write_svg(struct chart *chart, const char *path,
                                             struct error *error);

#endif
