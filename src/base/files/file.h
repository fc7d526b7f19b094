/* Files and folders: contents as bytes in memory, and what may be made or overwritten. */
#ifndef CHARNN_BASE_FILES_FILE_H
#define CHARNN_BASE_FILES_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Bytes of the longest path that the program builds, with its NUL: the limit of Linux. */
enum { CHARNN_PATH_LENGTH = 4096 };

/* The bytes of a file or stream, read-only. Zero-initialised: empty. */
struct file_bytes {
    const unsigned char *data; /* not NULL after success, even for an empty file */
    size_t size;
    bool mapped; /* else `data` is memory */
};

/* Maps the file `path`, or reads it to the end if it cannot be mapped (a pipe, a terminal); "-" is
 * standard input. Errors name the path and the reason: missing, a directory, a device, unreadable.
 * Released with file_bytes_deinit(). */
CHARNN_MUST_CHECK enum status file_bytes_init(struct file_bytes *bytes, const char *path,
                                              struct error *error);

/* Maps the file `path`, or standard input. If that is impossible (it is not a regular file, empty
 * or missing), `mapped` is false. Errors: CHARNN_ERROR_IO if a regular file cannot be opened. */
CHARNN_MUST_CHECK enum status file_bytes_map(struct file_bytes *bytes, const char *path,
                                             struct error *error);

/* Whether the open file is a device other than a terminal. It may have no end. */
bool file_is_device(int fd);

/* The error for such a file: CHARNN_ERROR_IO. */
enum status file_refuse_device(const char *name, struct error *error);

void file_bytes_deinit(struct file_bytes *bytes);

/* Whether `path` is a readable regular file that does not begin like `beginning` (up to 64 bytes; a
 * shorter file is compared as far as it goes). Such a file must not be overwritten unasked. */
bool file_begins_otherwise(const char *path, const char *beginning);

/* Makes the folder `path` and its parents (mode 0777 less the umask); fine if it exists. *kept is
 * the length of the part of `path` that existed, also after an error. */
CHARNN_MUST_CHECK enum status file_make_directory(const char *path, size_t *kept,
                                                  struct error *error);

/* Undoes file_make_directory(): removes the folders that are longer than `kept`, unless something
 * is in them. */
void file_remove_directory(const char *path, size_t kept);

#endif
