#include "nn/parameters.h"

#include <string.h>

size_t parameter_elements(const struct parameter *p) {
    return p->inputs * p->blocks * p->block_size;
}

/* The place in a flat array of PyTorch's element [out][in]. */
static size_t element_offset(const struct parameter *p, size_t out, size_t in) {
    return p->offset + in * p->stride + out / p->block_size * p->block_stride + out % p->block_size;
}

void parameter_export(const struct parameter *p, const float *flat, float *out) {
    size_t outputs = p->blocks * p->block_size;
    for (size_t o = 0; o < outputs; o++) {
        for (size_t i = 0; i < p->inputs; i++) {
            out[o * p->inputs + i] = flat[element_offset(p, o, i)];
        }
    }
}

void parameter_import(const struct parameter *p, const float *in, float *flat) {
    size_t outputs = p->blocks * p->block_size;
    for (size_t o = 0; o < outputs; o++) {
        for (size_t i = 0; i < p->inputs; i++) {
            flat[element_offset(p, o, i)] = in[o * p->inputs + i];
        }
    }
}

const struct parameter *parameters_find(const struct parameters *parameters, const char *name) {
    for (size_t i = 0; i < parameters->count; i++) {
        if (strcmp(parameters->table[i].name, name) == 0) {
            return &parameters->table[i];
        }
    }
    return NULL;
}
