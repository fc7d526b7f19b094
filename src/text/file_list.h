/* The files of a text: given by name, or found in folders. */
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
 * Lists `paths` (count >= 1), with each folder replaced by the regular files in it and in its
 * subfolders, sorted by path, byte for byte. `glob` is a shell pattern for the names of such files;
 * NULL means all. Names that begin with a dot and symbolic links to folders are skipped. Errors:
 * CHARNN_ERROR_IO; CHARNN_ERROR_DATA if a folder yields no file. Released with file_list_deinit()
 * in any case.
 */
CHARNN_MUST_CHECK enum status file_list_init(struct file_list *list, const char *const *paths,
                                             size_t count, const char *glob, struct error *error);

void file_list_deinit(struct file_list *list);

#endif
