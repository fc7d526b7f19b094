/*
 * Checkpoints: a model, its vocabulary, the settings of its run and, to resume, the state of its
 * training, in one safetensors file. models/README.md specifies the file byte by byte.
 *
 * Tensors are in PyTorch's names, shapes and order of elements. Flat arrays, like the optimizer's
 * moments, have the layout of the model's parameters; each is stored as one tensor per parameter
 * named <prefix>.<parameter>, as in optim.exp_avg.rnn.weight_ih_l0.
 */
#ifndef CHARNN_CHECKPOINT_CHECKPOINT_H
#define CHARNN_CHECKPOINT_CHECKPOINT_H

#include "base/error.h"
#include "base/thread_pool.h"
#include "nn/model.h"
#include "text/corpus.h"
#include "text/vocab.h"

#include <cJSON.h>

/* The newest version of the mapping that this program reads, and the one it writes. */
enum { CHARNN_CHECKPOINT_FORMAT = 1 };

struct safetensors;

/* An array with the layout of the model's parameters. */
struct checkpoint_flat {
    const char *prefix;  /* "optim.exp_avg"; shorter than CHARNN_PARAMETER_NAME */
    const float *values; /* [parameters.size] */
};

/* A dense array of its own shape. */
struct checkpoint_tensor {
    const char *name; /* "state.h_l0" */
    size_t rows, columns;
    const float *values; /* [rows][columns] */
};

/*
 * What is written. Everything is borrowed. Numbers in the JSON keep their last digits where they
 * were added by base/json.h, but may lose them where they were parsed.
 */
struct checkpoint_contents {
    const struct model *model;
    const float *values; /* the weights to keep; NULL: the model's own */
    const struct vocab *vocab;
    const cJSON *config;   /* the run's settings; the keys model, rnn_size, num_layers and peephole
                              are written from the model's shape; NULL: only those */
    const cJSON *training; /* how training stands; NULL: nothing */
    const struct checkpoint_flat *flats;
    size_t flat_count;
    const struct checkpoint_tensor *tensors;
    size_t tensor_count;
};

/*
 * Writes `path` atomically (base/atomic_file.h). The same contents give the same bytes.
 * Errors: CHARNN_ERROR_IO, CHARNN_ERROR_MEMORY; an older file of that name is then as it was.
 */
CHARNN_MUST_CHECK enum status
checkpoint_write(const char *path, const struct checkpoint_contents *contents, struct error *error);

/* Bytes that checkpoint_write() allocates meanwhile, in the main: a copy of the largest tensor, and
 * the vocabulary as JSON. */
size_t checkpoint_write_memory(const struct model *model);

struct checkpoint;

/*
 * Opens `path` for reading (mapped) and checks it: its seal (checkpoint/checksum.h), format
 * version, settings of the model's shape, vocabulary, and that each parameter is there with its
 * shape and a floating-point dtype (float32, float64, float16 or bfloat16), and no other under
 * "rnn." and "decoder.". Memory is in proportion to the file, whatever it says. Errors, each a
 * sentence with the path: CHARNN_ERROR_IO, CHARNN_ERROR_FORMAT (also where the file is of a newer
 * version, named). Ownership: the caller's, released with checkpoint_close().
 */
CHARNN_MUST_CHECK enum status checkpoint_open(const char *path, struct checkpoint **checkpoint,
                                              struct error *error);

/* NULL is fine. */
void checkpoint_close(struct checkpoint *checkpoint);

/* What these give belongs to the checkpoint. */
const char *checkpoint_path(const struct checkpoint *checkpoint); /* "standard input" for "-" */
size_t checkpoint_size(const struct checkpoint *checkpoint);      /* bytes of the file */
const struct model_shape *checkpoint_shape(const struct checkpoint *checkpoint);
const struct vocab *checkpoint_vocab(const struct checkpoint *checkpoint);
const cJSON *checkpoint_config(const struct checkpoint *checkpoint);   /* an object */
const cJSON *checkpoint_training(const struct checkpoint *checkpoint); /* an object, or NULL */
const struct safetensors *checkpoint_file(const struct checkpoint *checkpoint);

/* How a text is read for this model: in its vocabulary's encoding, else as its run did. The
 * pattern belongs to the checkpoint. */
struct corpus_format checkpoint_corpus_format(const struct checkpoint *checkpoint);

/* Another thread is of use for each so many bytes of a file. */
enum { CHARNN_BYTES_PER_THREAD = 4 << 20 };

/*
 * A model with the checkpoint's weights, read by `threads` >= 1 threads at most, which then end;
 * fewer where the system gives no more. Errors: CHARNN_ERROR_MEMORY; CHARNN_ERROR_FORMAT where a
 * weight is not finite, the first in the order of the model's parameters, whatever the threads.
 * Ownership: the caller's, model_destroy().
 */
CHARNN_MUST_CHECK enum status checkpoint_load_model(const struct checkpoint *checkpoint,
                                                    bool trainable, size_t threads,
                                                    struct model **model, struct error *error);

/*
 * Both at once, for a model that is not trained: as checkpoint_open() and checkpoint_load_model(),
 * with the same errors in the same order, but one thread checks the seal while the others read. On
 * failure both are NULL. Ownership: the caller's, each as there.
 */
CHARNN_MUST_CHECK enum status checkpoint_open_model(const char *path, size_t threads,
                                                    struct checkpoint **checkpoint,
                                                    struct model **model, struct error *error);

/* Whether arrays of that prefix, which is not empty, are there. */
bool checkpoint_has_flat(const struct checkpoint *checkpoint, const char *prefix);

/*
 * Reads back a flat array, values[parameters.size], padding zero, by the threads of `pool`; prefix
 * "" means the weights. A tensor that is missing or misshapen or not finite is CHARNN_ERROR_FORMAT,
 * here and below.
 */
CHARNN_MUST_CHECK enum status checkpoint_load_flat(const struct checkpoint *checkpoint,
                                                   const char *prefix,
                                                   const struct parameters *parameters,
                                                   struct thread_pool *pool, float *values,
                                                   struct error *error);

/* Reads back a dense array of exactly [rows][columns]. */
CHARNN_MUST_CHECK enum status checkpoint_load_tensor(const struct checkpoint *checkpoint,
                                                     const char *name, size_t rows, size_t columns,
                                                     float *values, struct error *error);

#endif
