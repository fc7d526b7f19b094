/* What a conversion costs: a checkpoint's size, and the loss of its model on a text. */
#ifndef CHARNN_CLI_CONVERT_LOSS_H
#define CHARNN_CLI_CONVERT_LOSS_H

#include "checkpoint/checkpoint.h"
#include "text/corpus.h"

#include <stdio.h>

/* Prints a row for the checkpoint, below a heading or not; `corpus` was opened in its format.
 * Errors: those of checkpoint_load_model() and the evaluator; CHARNN_ERROR_DATA if the text is too
 * short or changes, or the model gives no finite probabilities. */
CHARNN_MUST_CHECK enum status convert_print_loss(FILE *out, const struct checkpoint *checkpoint,
                                                 const struct corpus *corpus, size_t threads,
                                                 bool heading, struct error *error);

#endif
