/*
 * A list of files: named ones as they are, and those in named folders.
 */
#ifndef CHARNN_TEXT_FILE_LIST_H
#define CHARNN_TEXT_FILE_LIST_H

#include "base/error.h"

#include <stddef.h>

struct file_list {
    char **paths;
    size_t count;
    size_t capacity; /* of `paths` */
};

/*
 * Makes of `paths` (count >= 1) a list in which each folder has become the files in it and in the
 * folders below, sorted by their paths byte for byte: those whose names match `glob` (a pattern of
 * the shell, NULL for any), but nothing whose name begins with a dot, no folder behind a symbolic
 * link, and only regular files. Errors: CHARNN_ERROR_IO; CHARNN_ERROR_DATA where a folder gives no
 * file; CHARNN_ERROR_MEMORY. Released with file_list_deinit() in any case.
 */
CHARNN_MUST_CHECK enum status file_list_init(struct file_list *list, const char *const *paths,
                                             size_t count, const char *glob, struct error *error);

void file_list_deinit(struct file_list *list);

#endif
