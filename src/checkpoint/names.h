/* What things are called in a checkpoint file; for the two sides of checkpoint.h. */
#ifndef CHARNN_CHECKPOINT_NAMES_H
#define CHARNN_CHECKPOINT_NAMES_H

#include "nn/parameters.h"

/* Keys of the metadata. */
#define CHARNN_KEY_FORMAT "charnn.format"
#define CHARNN_KEY_VERSION "charnn.version"
#define CHARNN_KEY_CONFIG "charnn.config"
#define CHARNN_KEY_VOCAB "charnn.vocab"
#define CHARNN_KEY_TRAINING "charnn.training"

/* The tensor that holds one parameter of a flat array: "optim.exp_avg.rnn.weight_ih_l0". */
struct flat_name {
    char text[2 * CHARNN_PARAMETER_NAME];
};

/* `prefix` is shorter than CHARNN_PARAMETER_NAME, and empty for the model's own values. */
struct flat_name flat_name(const char *prefix, const struct parameter *parameter);

/* A shape for messages: "[512, 65]", or "[]" for rank 0. */
struct tensor_shape_text {
    char text[192];
};

/* `rank` is at most CHARNN_SAFETENSORS_RANK. */
struct tensor_shape_text tensor_shape_text(const size_t *shape, size_t rank);

#endif
