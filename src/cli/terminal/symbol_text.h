/*
 * A single symbol as text for a table, JSON, a terminal or a page. Each function fills `text` with
 * a string and returns it. The end symbol of records is "<end>".
 */
#ifndef CHARNN_CLI_TERMINAL_SYMBOL_TEXT_H
#define CHARNN_CLI_TERMINAL_SYMBOL_TEXT_H

#include <stdbool.h>
#include <stdint.h>

enum { CHARNN_SYMBOL_TEXT = 16 };

/* For a table: \t, \n, \r, \\; other ASCII controls and raw bytes as \x and two digits. */
const char *symbol_escaped(uint32_t code, char text[CHARNN_SYMBOL_TEXT]);

/* UTF-8; U+FFFD for NUL and raw bytes, which JSON cannot hold. */
const char *symbol_in_utf8(uint32_t code, char text[CHARNN_SYMBOL_TEXT]);

/* The same, but U+FFFD for all control characters, because a terminal may obey them. */
const char *symbol_shown(uint32_t code, char text[CHARNN_SYMBOL_TEXT]);

#endif
