/*
 * The bytes of a list of files: mapped where they can be, else kept in a spool (base/spool.h),
 * which is for what comes from a pipe, what is compressed, and files beyond the number of maps that
 * a process can have.
 */
#ifndef CHARNN_TEXT_TEXT_FILES_H
#define CHARNN_TEXT_TEXT_FILES_H

#include "base/file.h"
#include "base/spool.h"
#include "text/file_list.h"

struct text_file {
    struct file_bytes bytes;
    bool spooled; /* the bytes are the spool's */
};

struct text_files {
    struct file_list list;
    struct text_file *files; /* in the order of the list */
    size_t count;
    size_t size;         /* bytes of all */
    struct spool *spool; /* NULL where all are mapped */
};

/*
 * Opens what file_list_init() makes of `paths` and `glob`; "-" is standard input. Errors: of that,
 * of file_bytes_init(), spool_write() and decompress(); CHARNN_ERROR_DATA where all are empty.
 * Released with text_files_deinit() in any case.
 */
CHARNN_MUST_CHECK enum status text_files_init(struct text_files *files, const char *const *paths,
                                              size_t count, const char *glob, struct error *error);

void text_files_deinit(struct text_files *files);

/* Bytes that are in the spool. */
size_t text_files_spooled(const struct text_files *files);

#endif
