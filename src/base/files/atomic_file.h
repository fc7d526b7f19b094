/* Files that appear under their name only when complete. The content goes to a temporary file in
 * the same folder; commit flushes it to disk, renames it to `path` and flushes the folder. A crash
 * at any moment leaves the old file or the new one. */
#ifndef CHARNN_BASE_FILES_ATOMIC_FILE_H
#define CHARNN_BASE_FILES_ATOMIC_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct atomic_file;

/* Errors: CHARNN_ERROR_IO. */
CHARNN_MUST_CHECK enum status atomic_file_create(const char *path, struct atomic_file **file,
                                                 struct error *error);

/* Appends bytes; a short write is an error. */
CHARNN_MUST_CHECK enum status atomic_file_write(struct atomic_file *file, const void *data,
                                                size_t size, struct error *error);

/* Overwrites `size` bytes, all written before, at byte `offset`. */
CHARNN_MUST_CHECK enum status atomic_file_rewrite(struct atomic_file *file, size_t offset,
                                                  const void *data, size_t size,
                                                  struct error *error);

/* Puts the file in place. On failure the old file is unchanged, with one exception: if only the
 * folder could not be flushed, the new file is in place but a crash may undo that. Call destroy
 * afterwards. */
CHARNN_MUST_CHECK enum status atomic_file_commit(struct atomic_file *file, struct error *error);

/* Removes the temporary file unless it was committed. */
void atomic_file_destroy(struct atomic_file *file);

/* Removes temporary files that killed processes left in a folder, if `is_ours` accepts the name of
 * the final file. No process may be writing such a file. Ignores files that cannot be removed. */
void atomic_file_remove_leftovers(const char *folder,
                                  bool (*is_ours)(const char *name, const void *context),
                                  const void *context);

#endif
