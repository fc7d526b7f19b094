/* Quantities formatted for people. The functions with a `text` fill it and return it. */
#ifndef CHARNN_CLI_TERMINAL_FORMAT_H
#define CHARNN_CLI_TERMINAL_FORMAT_H

#include "base/bytes.h"

#include <stddef.h>

enum { CHARNN_FORMAT_SIZE = CHARNN_BYTES_TEXT };

/* 1,115,394 */
const char *format_count(size_t count, char text[CHARNN_FORMAT_SIZE]);

/* 9 s, 4:05, 3:20:00, 2 days 3:20:00 */
const char *format_duration(double seconds, char text[CHARNN_FORMAT_SIZE]);

/* A share from 0 to 1 as 12.3%; only 0 is 0.0%, and only 1 is 100.0%: <0.1%, >99.9% */
const char *format_percent(double share, char text[CHARNN_FORMAT_SIZE]);

/* nats / ln 2 */
double format_bits(double nats);

#endif
