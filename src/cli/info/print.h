/* A checkpoint described for a person. */
#ifndef CHARNN_CLI_INFO_PRINT_H
#define CHARNN_CLI_INFO_PRINT_H

#include "checkpoint/checkpoint.h"

#include <stdio.h>

/* Model, vocabulary, settings, training and tensors, in lines of `width` columns. Writes are not
 * checked; see cli/terminal/stream.h. */
void info_print(FILE *out, const struct checkpoint *checkpoint, size_t width);

#endif
