/* The files of a text: given by name, or found in folders. */
#ifndef CHARNN_TEXT_FILES_FILE_LIST_H
#define CHARNN_TEXT_FILES_FILE_LIST_H

#include "base/error.h"

#include <stddef.h>

struct file_list {
    char **paths;
    size_t count;
    size_t repeated; /* files of folders that were left out, because they are in the list */
};

/*
 * Lists `paths` (count >= 1), with each folder replaced by the regular files in it and in its
 * subfolders, sorted by path, byte for byte. `glob` is a shell pattern for the names of such files;
 * NULL means all. Names that begin with a dot and symbolic links to folders are skipped. A file of
 * a folder is listed once, also if it has several names there (links) or is in `paths` too: by its
 * first path that is no symbolic link, if there is one. Errors: CHARNN_ERROR_IO; CHARNN_ERROR_DATA
 * if a folder yields no file. Released with file_list_deinit() in any case.
 */
CHARNN_MUST_CHECK enum status file_list_init(struct file_list *list, const char *const *paths,
                                             size_t count, const char *glob, struct error *error);

void file_list_deinit(struct file_list *list);

#endif
