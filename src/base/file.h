/*
 * Files: read-only maps, whole streams, and files that replace their predecessor in one step.
 */
#ifndef CHARNN_BASE_FILE_H
#define CHARNN_BASE_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Bytes of the longest path that the program makes of parts, with its NUL: what Linux takes. */
enum { CHARNN_PATH_LENGTH = 4096 };

/* The bytes of a file or stream, read-only. Zero-initialised is empty. */
struct file_bytes {
    const unsigned char *data; /* never NULL after success, also for an empty file */
    size_t size;
    size_t allocated; /* bytes of memory that `data` takes: 0 where it is mapped */
    bool mapped;      /* how `data` is released; private to file.c */
};

/*
 * The bytes of `path`, mapped, or read to the end into memory where it cannot be mapped (a pipe, a
 * terminal); "-" is standard input. Errors name the path and the reason: missing, a directory, a
 * device, unreadable. Released with file_bytes_deinit().
 */
CHARNN_MUST_CHECK enum status file_bytes_init(struct file_bytes *bytes, const char *path,
                                              struct error *error);

/* Whether the open file is a device other than a terminal, which may have no end. */
bool file_is_device(int fd);

/* The error for such a file: CHARNN_ERROR_IO. */
CHARNN_MUST_CHECK enum status file_refuse_device(const char *name, struct error *error);

void file_bytes_deinit(struct file_bytes *bytes);

/*
 * A file being written that becomes visible under its name only when complete. It is written as
 * a temporary file in the same folder; commit flushes it to the disk, renames it over `path` and
 * flushes the folder, so that a crash at any moment leaves the old file or the new one.
 */
struct atomic_file;

CHARNN_MUST_CHECK enum status atomic_file_create(const char *path, struct atomic_file **file,
                                                 struct error *error);

/* Appends bytes; a short write is an error. */
CHARNN_MUST_CHECK enum status atomic_file_write(struct atomic_file *file, const void *data,
                                                size_t size, struct error *error);

/* Writes `size` bytes once more, from byte `offset` on; all of them must have been written before.
 */
CHARNN_MUST_CHECK enum status atomic_file_rewrite(struct atomic_file *file, size_t offset,
                                                  const void *data, size_t size,
                                                  struct error *error);

/*
 * Puts the file in place. On failure the old file is as it was, but for one case: where only the
 * folder could not be flushed, the new file is in place and may yet be lost in a crash. Call
 * destroy afterwards.
 */
CHARNN_MUST_CHECK enum status atomic_file_commit(struct atomic_file *file, struct error *error);

/* Releases the handle and removes the temporary file if it was not committed; NULL is fine. */
void atomic_file_destroy(struct atomic_file *file);

/*
 * Removes what processes that were killed left of files they were writing (atomic_file_create())
 * in a folder, of those whose names `ours` says yes to. Nobody may be writing these. What cannot be
 * removed stays.
 */
void file_remove_leftovers(const char *folder, bool (*ours)(const char *name, const void *context),
                           const void *context);

/*
 * Whether a regular file of that name is there, can be read, and holds what neither begins like
 * that (up to 64 bytes) nor is the beginning of that: then it is not one to be written over
 * unasked.
 */
bool file_begins_otherwise(const char *path, const char *beginning);

/* Makes `path` a directory, with its parents (mode 0777 less the umask); fine if it is one. */
CHARNN_MUST_CHECK enum status file_make_directory(const char *path, struct error *error);

#endif
