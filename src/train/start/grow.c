#include "train/start/grow.h"

#include <assert.h>
#include <string.h>

/* A parameter that grows has one block. Its padding is not copied: the new outputs go there. */
static void copy_parameter(const struct parameter *old, const float *from,
                           const struct parameter *new, float *to) {
    size_t width = old->blocks == 1 ? old->block_size : old->stride;
    for (size_t i = 0; i < old->inputs; i++) {
        memcpy(to + new->offset + i *new->stride, from + old->offset + i * old->stride,
               width * sizeof *to);
    }
}

static void fill_new_biases(const struct parameter *old, const float *from,
                            const struct parameter *new, float *to) {
    float lowest = from[old->offset];
    for (size_t i = 1; i < old->block_size; i++) {
        lowest = from[old->offset + i] < lowest ? from[old->offset + i] : lowest;
    }
    for (size_t i = old->block_size; i < new->block_size; i++) {
        to[new->offset + i] = lowest;
    }
}

enum status model_grow(const struct model *model, size_t vocab, double scale, uint64_t seed,
                       struct model **grown, struct error *error) {
    struct model_shape shape = model->shape;
    assert(vocab > shape.vocab);
    shape.vocab = vocab;
    if (model_create(&shape, true, grown, error) != CHARNN_OK) {
        return error->status;
    }
    const struct parameters *old = &model->parameters;
    const struct parameters *new = &(*grown)->parameters;
    model_initialize(*grown, scale, seed);
    for (size_t i = 0; i < old->count; i++) {
        copy_parameter(&old->table[i], old->values, &new->table[i], new->values);
    }
    fill_new_biases(model_decoder_bias(model), old->values, model_decoder_bias(*grown),
                    new->values);
    return CHARNN_OK;
}
