/* The manual page charnn(1), made from the tables of commands and options. */
#ifndef CHARNN_CLI_OPTIONS_MANUAL_H
#define CHARNN_CLI_OPTIONS_MANUAL_H

#include <stdio.h>

/* Prints the page in the man(7) macros of roff. */
void manual_print(FILE *out);

#endif
