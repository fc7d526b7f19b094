/* Sizes in bytes, in the units that people use. */
#ifndef CHARNN_BASE_BYTES_H
#define CHARNN_BASE_BYTES_H

#include <stddef.h>

enum { CHARNN_BYTES_TEXT = 32 };

/* 812 bytes, 4.6 MB, 1.2 GB (powers of 1000); SIZE_MAX is "more than 18 EB". Fills and returns
 * `text`. */
const char *format_bytes(size_t bytes, char text[CHARNN_BYTES_TEXT]);

#endif
