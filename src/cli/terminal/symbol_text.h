/*
 * Single symbols as text that fits somewhere: a field of a table, a string of JSON, a terminal, a
 * page. Each function writes a string into `text` and returns it. The end symbol of records is
 * "<end>".
 */
#ifndef CHARNN_CLI_TERMINAL_SYMBOL_TEXT_H
#define CHARNN_CLI_TERMINAL_SYMBOL_TEXT_H

#include <stdbool.h>
#include <stdint.h>

enum { CHARNN_SYMBOL_TEXT = 16 };

/*
 * Without tabs and ends of lines: those are \t, \n and \r, a backslash is \\, other controls and
 * bytes that are no character are \x and two digits.
 */
const char *symbol_escaped(uint32_t code, char text[CHARNN_SYMBOL_TEXT]);

/* In UTF-8; U+FFFD for what JSON or a page could not hold: NUL, and bytes that are no character. */
const char *symbol_in_utf8(uint32_t code, char text[CHARNN_SYMBOL_TEXT]);

/* The same, with U+FFFD for all controls as well, which a terminal might obey. */
const char *symbol_shown(uint32_t code, char text[CHARNN_SYMBOL_TEXT]);

#endif
