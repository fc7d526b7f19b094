/* A checkpoint described for a person. */
#ifndef CHARNN_CLI_INFO_TEXT_H
#define CHARNN_CLI_INFO_TEXT_H

#include "checkpoint/checkpoint.h"

#include <stddef.h>
#include <stdio.h>

/* Whether a tensor of that name is one of the model's parameters. */
bool info_is_parameter(const char *name);

/* The model's parameters as PyTorch counts them. */
size_t info_parameter_count(const struct checkpoint *checkpoint);

/*
 * Prints the model, its vocabulary, the settings and history of its training, and what tensors the
 * file has, lists no wider than `width` columns where words allow. Writes to `out` are unchecked.
 */
void info_print(FILE *out, const struct checkpoint *checkpoint, size_t width);

#endif
