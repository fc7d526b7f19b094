/* Names in a checkpoint file, shared by its reader and its writer. */
#ifndef CHARNN_CHECKPOINT_NAMES_H
#define CHARNN_CHECKPOINT_NAMES_H

#include "nn/parameters.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Format versions (models/README.md): that of a plain model, of one with skip connections, of one
 * with attention or of an LSTM variant, and the newest that this program reads. */
enum {
    CHARNN_FORMAT_PLAIN = 1,
    CHARNN_FORMAT_SKIP = 2,
    CHARNN_FORMAT_VARIANT = 3,
    CHARNN_CHECKPOINT_FORMAT = 3
};

/* Metadata keys. */
#define CHARNN_KEY_FORMAT "charnn.format"
#define CHARNN_KEY_VERSION "charnn.version"
#define CHARNN_KEY_CONFIG "charnn.config"
#define CHARNN_KEY_VOCAB "charnn.vocab"
#define CHARNN_KEY_TRAINING "charnn.training"

/* Whether a tensor of that name is one of the model's weights or its scales. */
static inline bool checkpoint_names_weights(const char *name) {
    return strncmp(name, "rnn.", 4) == 0 || strncmp(name, "attention.", 10) == 0 ||
           strncmp(name, "decoder.", 8) == 0;
}

/* The tensor that stores one parameter of a flat array: "optim.exp_avg.rnn.weight_ih_l0". */
struct flat_name {
    char text[2 * CHARNN_PARAMETER_NAME];
};

/* `prefix` is shorter than CHARNN_PARAMETER_NAME; "" names the model's own weights. */
static inline struct flat_name flat_name(const char *prefix, const struct parameter *parameter) {
    struct flat_name name;
    assert(strlen(prefix) < CHARNN_PARAMETER_NAME);
    (void)snprintf(name.text, sizeof name.text, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "",
                   parameter->name);
    return name;
}

/* The tensor with the scales of a matrix: "rnn.weight_hh_l0.scale". */
static inline struct flat_name scale_name(const char *matrix) {
    struct flat_name name;
    assert(strlen(matrix) < CHARNN_PARAMETER_NAME);
    (void)snprintf(name.text, sizeof name.text, "%s.scale", matrix);
    return name;
}

#endif
