/*
 * Writes safetensors files (safetensors.h). The caller adds metadata and declares all tensors,
 * because the header comes first, then supplies the data in pieces.
 *
 * The same calls give the same bytes. The data begins at a multiple of 64 bytes, so in a mapped
 * file that has only F32 tensors each of them is aligned. Every file contains its checksum
 * (checkpoint/checksum.h).
 */
#ifndef CHARNN_CHECKPOINT_SAFETENSORS_WRITER_H
#define CHARNN_CHECKPOINT_SAFETENSORS_WRITER_H

#include "checkpoint/safetensors.h"

#include <cJSON.h>

struct safetensors_writer;

/* For a file at `path`, which must outlive the writer. Nothing is written yet. */
CHARNN_MUST_CHECK enum status safetensors_writer_create(const char *path,
                                                        struct safetensors_writer **writer,
                                                        struct error *error);

/* Leaves the old file as it was unless the new one was committed. */
void safetensors_writer_destroy(struct safetensors_writer *writer);

/* Adds a metadata string. Each key occurs once and is not one of checksum.h. CHARNN_ERROR_DATA if
 * key or value is not UTF-8. */
CHARNN_MUST_CHECK enum status safetensors_writer_add_metadata(struct safetensors_writer *writer,
                                                              const char *key, const char *value,
                                                              struct error *error);

/* Declares the next tensor. Each name occurs once and is not CHARNN_SAFETENSORS_METADATA.
 * CHARNN_ERROR_DATA if it is not UTF-8 or the data would be larger than the format allows. */
CHARNN_MUST_CHECK enum status safetensors_writer_declare(struct safetensors_writer *writer,
                                                         const char *name,
                                                         enum safetensors_dtype dtype,
                                                         const size_t *shape, size_t rank,
                                                         struct error *error);

/* Ends the declarations: creates the file (base/files/atomic_file.h) and writes its header.
 * CHARNN_ERROR_DATA if the header is larger than the format allows; CHARNN_ERROR_IO. */
CHARNN_MUST_CHECK enum status safetensors_writer_begin_data(struct safetensors_writer *writer,
                                                            struct error *error);

/* Appends data, in the order of the declarations. */
CHARNN_MUST_CHECK enum status safetensors_writer_write(struct safetensors_writer *writer,
                                                       const void *data, size_t size,
                                                       struct error *error);

/* Puts the file in place after all data has been written. Call destroy afterwards. */
CHARNN_MUST_CHECK enum status safetensors_writer_commit(struct safetensors_writer *writer,
                                                        struct error *error);

/* Adds "dtype" and "shape" to the JSON object `entry`. The only error is memory. */
CHARNN_MUST_CHECK enum status safetensors_describe(cJSON *entry, enum safetensors_dtype dtype,
                                                   const size_t *shape, size_t rank,
                                                   struct error *error);

#endif
