/* Columns that characters take on a terminal. */
#ifndef CHARNN_CLI_TERMINAL_WIDTH_H
#define CHARNN_CLI_TERMINAL_WIDTH_H

#include <stddef.h>
#include <stdint.h>

/*
 * Columns of a symbol according to the C library: 2 if it is wide, 0 if it combines with the
 * character before it or is invisible, else 1. A control character counts as U+FFFD, which is shown
 * in its place, and so does a byte that is not part of a character.
 */
int symbol_columns(uint32_t code);

/* Columns of `size` bytes of UTF-8. */
size_t text_columns(const char *text, size_t size);

#endif
