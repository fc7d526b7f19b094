/* Errors about the training text. The functions return CHARNN_ERROR_DATA. */
#ifndef CHARNN_TRAIN_TEXT_ERRORS_H
#define CHARNN_TRAIN_TEXT_ERRORS_H

#include "base/error.h"

#include <stddef.h>

/* A run cannot be resumed with another text. */
enum status train_text_differs(struct error *error);

/* Another program modified the text during training; noticed at `step`. */
enum status train_text_changed(size_t step, struct error *error);

#endif
