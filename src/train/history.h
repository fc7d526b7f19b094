/* What a checkpoint records of its run's past: each validation, and each change of course. */
#ifndef CHARNN_TRAIN_HISTORY_H
#define CHARNN_TRAIN_HISTORY_H

#include "base/error.h"

#include <stddef.h>

struct train_validation {
    size_t step;
    double epoch, train, val;
};

/* What the run did differently from `step` on: a setting changed by a resume, or a rollback. */
struct train_change {
    size_t step;
    char *text;
};

/* The number of validations is train_progress.validations: a resumed run drops a final one. */
struct train_history {
    struct train_validation *validations;
    size_t validation_capacity;
    struct train_change *changes;
    size_t change_count, change_capacity;
};

/* Copies `text`. Errors: CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status history_add_change(struct train_history *history, size_t step,
                                                 const char *text, struct error *error);

void history_deinit(struct train_history *history);

#endif
