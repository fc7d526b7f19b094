/*
 * Writing safetensors files (the format is in safetensors.h). All tensors are declared first, for
 * the header comes first; then their data is supplied one tensor at a time, so that no more than
 * one converted copy need be in memory.
 *
 * The same declarations, metadata and data give the same bytes. The data begins at a multiple of 64
 * bytes in the file and the tensors follow one another without padding, so a file whose tensors are
 * all F32 has each of them aligned to 4 bytes when mapped. Every file is sealed
 * (checkpoint/checksum.h).
 */
#ifndef CHARNN_CHECKPOINT_SAFETENSORS_WRITER_H
#define CHARNN_CHECKPOINT_SAFETENSORS_WRITER_H

#include "checkpoint/safetensors.h"

#include <cJSON.h>

struct safetensors_declaration {
    const char *name; /* UTF-8, not CHARNN_SAFETENSORS_METADATA, each once */
    enum safetensors_dtype dtype;
    size_t rank;
    size_t shape[CHARNN_SAFETENSORS_RANK]; /* [rank] */
};

/* A string for the metadata; each key once, and not those of checksum.h. */
struct safetensors_note {
    const char *key;
    const char *value;
};

/* Adds to an object what the header says of a tensor's elements: dtype and shape. The only error is
 * memory. */
CHARNN_MUST_CHECK enum status safetensors_describe(cJSON *entry, enum safetensors_dtype dtype,
                                                   const size_t *shape, size_t rank,
                                                   struct error *error);

struct safetensors_writer;

/*
 * Begins a file that will replace `path` when committed (atomic_file.h) and writes its header. The
 * arguments are needed only during the call.
 * Errors: CHARNN_ERROR_DATA where a name or a string is not UTF-8 or the file would be larger than
 * the format allows; CHARNN_ERROR_IO.
 */
CHARNN_MUST_CHECK enum status
safetensors_writer_create(const char *path, const struct safetensors_declaration *tensors,
                          size_t count, const struct safetensors_note *notes, size_t note_count,
                          struct safetensors_writer **writer, struct error *error);

/* Writes the data of the next tensor, all of it, in the order of the declarations. */
CHARNN_MUST_CHECK enum status safetensors_writer_add(struct safetensors_writer *writer,
                                                     const void *data, struct error *error);

/* Puts the file in place; every tensor must have been added. Call destroy afterwards. */
CHARNN_MUST_CHECK enum status safetensors_writer_commit(struct safetensors_writer *writer,
                                                        struct error *error);

/* Leaves the old file as it was if the new one was not committed; NULL is fine. */
void safetensors_writer_destroy(struct safetensors_writer *writer);

#endif
