/* Learning curves, read from training logs (README.md, "The log"). */
#ifndef CHARNN_CLI_PLOT_CURVES_H
#define CHARNN_CLI_PLOT_CURVES_H

#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

enum { CHARNN_PLOT_LOGS = 26 }; /* at most: each log has two curves, each curve a letter */

enum plot_kind { CHARNN_PLOT_TRAINING, CHARNN_PLOT_VALIDATION, CHARNN_PLOT_KINDS };

struct plot_point {
    size_t step;
    double epoch;
    double loss;
};

struct plot_curve {
    struct plot_point *points; /* [count], in order of steps */
    size_t count;
    size_t capacity;
};

struct plot_log {
    struct json_label name; /* its path, safe to print */
    struct plot_curve curves[CHARNN_PLOT_KINDS];
    struct plot_curve
        coarse; /* training losses between validations, which train prints and the legend tells */
};

/*
 * Reads the log `path` ("-": standard input). Losses are in nats per character, or in bits. The
 * curve of training is empty if no step was logged; then `coarse` is drawn. Skips lines that are
 * not of the log, incomplete ones, and steps that a rollback or a resumed run has undone; the log
 * may have no point. Errors: those of file_bytes_init(); CHARNN_ERROR_FORMAT if no line is of a
 * log; CHARNN_ERROR_MEMORY. Released with plot_log_deinit() in any case.
 */
CHARNN_MUST_CHECK enum status plot_log_init(struct plot_log *log, const char *path, bool bits,
                                            struct error *error);

void plot_log_deinit(struct plot_log *log);

#endif
