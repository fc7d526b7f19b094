/*
 * A spool: bytes that come from somewhere once, kept in a temporary file without a name and read
 * back as memory. So their number is limited by a disk, and nothing is left when the process ends.
 */
#ifndef CHARNN_BASE_SPOOL_H
#define CHARNN_BASE_SPOOL_H

#include "base/error.h"

#include <stddef.h>

struct spool;

/* The folder of temporary files: that of the environment's TMPDIR, else /tmp. */
const char *spool_folder(void);

/* An empty spool, without a file until there is something to keep. Errors: CHARNN_ERROR_MEMORY.
 * Ownership: the caller's. */
CHARNN_MUST_CHECK enum status spool_create(struct spool **spool, struct error *error);

/* NULL is fine; what was mapped is gone then. */
void spool_destroy(struct spool *spool);

/* Appends bytes. Errors: CHARNN_ERROR_IO names the folder, as where the disk is full. Not after
 * spool_map(). */
CHARNN_MUST_CHECK enum status spool_write(struct spool *spool, const void *data, size_t size,
                                          struct error *error);

/* Appends all that is still to be read from a descriptor; `name` is what errors call it. */
CHARNN_MUST_CHECK enum status spool_read(struct spool *spool, int fd, const char *name,
                                         struct error *error);

/* Bytes appended so far. */
size_t spool_size(const struct spool *spool);

/* All bytes, until the spool is destroyed; never NULL. What is written there is kept in the file.
 */
CHARNN_MUST_CHECK enum status spool_map(struct spool *spool, unsigned char **data,
                                        struct error *error);

#endif
