/* A spool: bytes that can be read only once, collected in an unnamed temporary file and mapped
 * afterwards. So the disk limits their number, not memory, and the system cleans up. */
#ifndef CHARNN_BASE_FILES_SPOOL_H
#define CHARNN_BASE_FILES_SPOOL_H

#include "base/error.h"

#include <stddef.h>

struct spool;

/* The folder of temporary files: $TMPDIR, or /tmp. */
const char *spool_folder(void);

/* An empty spool; it makes its file at the first write. */
CHARNN_MUST_CHECK enum status spool_create(struct spool **spool, struct error *error);

/* Unmaps the bytes. */
void spool_destroy(struct spool *spool);

/* Appends bytes; not after spool_map(). CHARNN_ERROR_IO names the folder, for example if the disk
 * is full. */
CHARNN_MUST_CHECK enum status spool_write(struct spool *spool, const void *data, size_t size,
                                          struct error *error);

/* Appends all that can be read from a descriptor; messages call it `name`. */
CHARNN_MUST_CHECK enum status spool_read(struct spool *spool, int fd, const char *name,
                                         struct error *error);

/* Bytes appended so far. */
size_t spool_size(const struct spool *spool);

/* All bytes, until the spool is destroyed; never NULL. What is written to them goes to the file.
 * Errors: CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status spool_map(struct spool *spool, unsigned char **data,
                                        struct error *error);

#endif
