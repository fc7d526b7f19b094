/* How much room characters take on a terminal. */
#ifndef CHARNN_CLI_TERMINAL_WIDTH_H
#define CHARNN_CLI_TERMINAL_WIDTH_H

#include <stdint.h>

/*
 * The columns of a symbol, as terminals have it: 2 where it is wide, 0 where it is drawn onto the
 * one before it or not at all, else 1; so also where it is shown as U+FFFD, as controls are.
 */
int symbol_columns(uint32_t code);

#endif
