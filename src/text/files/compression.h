/* Decompression of gzip and zstd files by zlib and libzstd, if the program was built with them. */
#ifndef CHARNN_TEXT_FILES_COMPRESSION_H
#define CHARNN_TEXT_FILES_COMPRESSION_H

#include "base/error.h"
#include "base/files/spool.h"

enum compression { CHARNN_COMPRESSION_NONE, CHARNN_COMPRESSION_GZIP, CHARNN_COMPRESSION_ZSTD };

/* The compression that the end of a name stands for: .gz, .zst. */
enum compression compression_of(const char *path);

/* The version of the library, or NULL if the program was built without it. */
const char *compression_library(enum compression compression);

/* Appends the decompressed content of a file to the spool. Errors: CHARNN_ERROR_IO;
 * CHARNN_ERROR_DATA if the file is damaged, truncated (or empty), followed by other bytes, or not
 * of the format, or if the program was built without the library. */
CHARNN_MUST_CHECK enum status decompress(enum compression compression, const char *path,
                                         struct spool *spool, struct error *error);

#endif
