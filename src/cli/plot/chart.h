/* What a printed chart and a picture have in common: curves, axes, letters, legend. */
#ifndef CHARNN_CLI_PLOT_CHART_H
#define CHARNN_CLI_PLOT_CHART_H

#include "cli/plot/axis.h"
#include "cli/plot/curves.h"

enum {
    CHARNN_CHART_CURVES = CHARNN_PLOT_KINDS * CHARNN_PLOT_LOGS,
    CHARNN_CHART_COLOURS = 6,
    CHARNN_LEGEND_TEXT = 256,
};

struct chart_curve {
    const struct plot_log *log;
    struct plot_curve *points;
    enum plot_kind kind;
    int colour; /* 0 to CHARNN_CHART_COLOURS - 1: one for each log, or for each curve of one log */
    char letter;
    struct plot_point last; /* for the legend, like `lowest` */
    struct plot_point lowest;
};

struct chart {
    bool bits;
    bool named; /* there are several logs, so the legend names them */
    struct chart_curve curves[CHARNN_CHART_CURVES];
    size_t count; /* of curves that have a point */
    struct plot_axis x, y;
};

/* Lists the curves of `count` logs, which are borrowed. The chart may be empty. */
void chart_init(struct chart *chart, struct plot_log *logs, size_t count, bool bits);

/* Fits the axes of a chart that is not empty, with at most about x_ticks and y_ticks ticks. Points
 * in the same one of `columns` columns are replaced by their mean. */
void chart_fit(struct chart *chart, size_t columns, size_t x_ticks, size_t y_ticks);

/* "Loss in nats per character over epochs" */
const char *chart_title(const struct chart *chart);

/* "run.jsonl: validation 1.6120, lowest 1.6030 at epoch 12.50" in at most `room` columns. */
void chart_legend(const struct chart *chart, const struct chart_curve *curve, size_t room,
                  char text[CHARNN_LEGEND_TEXT]);

/* Places the letters of the curves, each near the end of its curve, in the order of the ends. Fills
 * letters[slots], from the top, with the index of a curve, or -1. */
void chart_place_letters(const struct chart *chart, int *letters, size_t slots);

#endif
