/* Errors about the training text, all CHARNN_ERROR_DATA, which is also what the functions return.
 */
#ifndef CHARNN_TRAIN_TEXT_ERRORS_H
#define CHARNN_TRAIN_TEXT_ERRORS_H

#include "base/error.h"

#include <stddef.h>

/* A run is resumed with a text that is not its own. */
enum status train_text_differs(struct error *error);

/* The text was modified while training; found at update `step`. */
enum status train_text_changed(size_t step, struct error *error);

#endif
