/*
 * Files that are not text in UTF-8 or bytes but another format, told by the bytes at their start:
 * UTF-16, compressed files, archives, documents.
 */
#ifndef CHARNN_TEXT_FILES_FOREIGN_H
#define CHARNN_TEXT_FILES_FOREIGN_H

#include "base/error.h"

#include <stddef.h>

struct foreign {
    const char *kind;      /* "UTF-16 text" */
    const char *command;   /* that makes text of it; the file's name follows: "xz -dc" */
    const char *remainder; /* of the command, after the name: " >text.txt" */
};

/* The format of a file with these bytes, or NULL if it is none of those known. */
const struct foreign *foreign_find(const unsigned char *bytes, size_t size);

/* Refuses such a file: CHARNN_ERROR_DATA with the command. The path - is standard input. */
CHARNN_MUST_CHECK enum status foreign_refuse(const char *path, const unsigned char *bytes,
                                             size_t size, struct error *error);

#endif
