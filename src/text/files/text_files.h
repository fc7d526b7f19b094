/* The bytes of a list of files. Files are mapped, except for pipes, compressed files and files
 * beyond the number of maps that a process can have: those go to a spool (base/files/spool.h). */
#ifndef CHARNN_TEXT_FILES_TEXT_FILES_H
#define CHARNN_TEXT_FILES_TEXT_FILES_H

#include "base/files/file.h"
#include "base/files/spool.h"
#include "text/files/file_list.h"

struct text_files {
    struct file_list list;
    struct file_bytes *files; /* [count], in the order of the list */
    size_t count;
    struct spool *spool; /* owns the bytes that are not mapped; NULL if all are */
};

/* Opens the files of file_list_init(); "-" is standard input. Errors: those of file_list_init(),
 * spool_write(), spool_map() and decompress(); CHARNN_ERROR_IO. Released with text_files_deinit()
 * in any case. */
CHARNN_MUST_CHECK enum status text_files_init(struct text_files *files, const char *const *paths,
                                              size_t count, const char *glob, struct error *error);

void text_files_deinit(struct text_files *files);

/* Bytes in the spool. */
size_t text_files_spooled(const struct text_files *files);

#endif
