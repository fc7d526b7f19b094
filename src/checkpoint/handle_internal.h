/* The struct behind checkpoint/handle.h, which checkpoint/open.c fills. */
#ifndef CHARNN_CHECKPOINT_HANDLE_INTERNAL_H
#define CHARNN_CHECKPOINT_HANDLE_INTERNAL_H

#include "base/files/file.h"
#include "nn/model.h"

#include <cJSON.h>

struct checkpoint {
    struct file_bytes bytes;
    struct safetensors *file;
    cJSON *config;
    cJSON *training; /* NULL: none */
    struct vocab *vocab;
    struct model_shape shape;
};

#endif
