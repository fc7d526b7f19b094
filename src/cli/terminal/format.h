/* Quantities formatted for people. The functions with a `text` fill it and return it. */
#ifndef CHARNN_CLI_TERMINAL_FORMAT_H
#define CHARNN_CLI_TERMINAL_FORMAT_H

#include <stddef.h>

enum { CHARNN_FORMAT_SIZE = 32 };

/* 1,115,394 */
const char *format_count(size_t count, char text[CHARNN_FORMAT_SIZE]);

/* 812 bytes, 4.6 MB, 1.2 GB (powers of 1000) */
const char *format_bytes(size_t bytes, char text[CHARNN_FORMAT_SIZE]);

/* 9 s, 4:05, 3:20:00, 2 days 3:20:00 */
const char *format_duration(double seconds, char text[CHARNN_FORMAT_SIZE]);

/* nats / ln 2 */
double format_bits(double nats);

#endif
