/*
 * Checkpoints: a model, its vocabulary, the settings of its run and, for resuming, the training
 * state, in one safetensors file. models/README.md specifies the file byte by byte. This header is
 * all that other folders need to read and write them.
 *
 * Tensors have PyTorch's names, shapes and element order. A flat array has the layout of the
 * model's parameters, as the optimizer's moments do. It is stored as one tensor per parameter,
 * named <prefix>.<parameter>: optim.exp_avg.rnn.weight_ih_l0.
 */
#ifndef CHARNN_CHECKPOINT_CHECKPOINT_H
#define CHARNN_CHECKPOINT_CHECKPOINT_H

#include "checkpoint/handle.h" /* what an open checkpoint holds */
#include "checkpoint/load.h"   /* its weights and training state */
#include "checkpoint/open.h"   /* opening and checking a file */
#include "checkpoint/write.h"  /* writing one */

#endif
