/* A text assembled in a fixed buffer; what does not fit is cut off. */
#ifndef CHARNN_BASE_TEXT_H
#define CHARNN_BASE_TEXT_H

#include "base/error.h"

#include <stddef.h>

struct text {
    char *bytes; /* always NUL-terminated, unless `size` is 0 */
    size_t size;
    size_t used; /* length of the whole text, also if it did not fit */
};

/* An empty text in bytes[size]. With size 0 it only counts, and `bytes` may be NULL. */
struct text text_start(char *bytes, size_t size);

/* Appends as printf() does. */
void text_add(struct text *text, const char *format, ...) CHARNN_PRINTF(2, 3);

/* Appends `string` with \n, \t, \r or \x and two digits in place of control characters, and a
 * backslash before each of the characters `others`. */
void text_add_escaped(struct text *text, const char *string, const char *others);

#endif
