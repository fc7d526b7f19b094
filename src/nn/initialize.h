/* Initial weights. */
#ifndef CHARNN_NN_INITIALIZE_H
#define CHARNN_NN_INITIALIZE_H

#include "nn/model.h"

enum init_kind {
    CHARNN_INIT_UNIFORM,    /* model_initialize() */
    CHARNN_INIT_XAVIER,     /* matrices uniform in +-sqrt(6 / (inputs + outputs)) (Glorot & Bengio
                               2010) */
    CHARNN_INIT_ORTHOGONAL, /* the same, but W_hh is orthogonal (Saxe, McClelland & Ganguli 2014) */
    CHARNN_INIT_IDENTITY,   /* the same, but W_hh is the identity (Le, Jaitly & Hinton 2015) */
};

/*
 * Draws every parameter, as a pure function of kind, seed, tensor and element; `scale` is for
 * UNIFORM. With the other kinds each gate of a matrix is a matrix of its own, with H outputs, and
 * biases and peepholes are 0, but the bias of a forget gate is 1. An orthogonal matrix comes from
 * uniform rows by the modified Gram-Schmidt process. Errors: CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status model_initialize_as(struct model *model, enum init_kind kind,
                                                  double scale, uint64_t seed, struct error *error);

#endif
