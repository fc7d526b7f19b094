/*
 * Compressed files: which ones are, and what they hold. The formats are gzip and zstd, each read
 * by its own library where the program was built with it.
 */
#ifndef CHARNN_TEXT_COMPRESSION_H
#define CHARNN_TEXT_COMPRESSION_H

#include "base/error.h"
#include "base/spool.h"

enum compression { CHARNN_COMPRESSION_NONE, CHARNN_COMPRESSION_GZIP, CHARNN_COMPRESSION_ZSTD };

/* By the end of the name: .gz, .zst. */
enum compression compression_of(const char *path);

/* The version of the library for it, or NULL where the program was built without. */
const char *compression_library(enum compression compression);

/*
 * Appends to the spool what the file holds, which is compressed. Errors: CHARNN_ERROR_IO;
 * CHARNN_ERROR_DATA where it is damaged, cut off (as an empty one is), followed by other bytes
 * or not of that format, or where the program cannot read the format; CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status decompress(enum compression compression, const char *path,
                                         struct spool *spool, struct error *error);

#endif
