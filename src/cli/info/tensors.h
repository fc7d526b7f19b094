/* The tensors of a checkpoint, listed for a person. */
#ifndef CHARNN_CLI_INFO_TENSORS_H
#define CHARNN_CLI_INFO_TENSORS_H

#include "checkpoint/safetensors.h"

#include <stdio.h>

/* Number of parameters of the model, as PyTorch counts them. */
size_t info_parameter_count(const struct safetensors *file);

/* Name, dtype and shape of each tensor. The tensors of an optimizer array share a row. */
void info_print_tensors(FILE *out, const struct safetensors *file);

#endif
