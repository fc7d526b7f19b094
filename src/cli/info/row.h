/* The layout of the text that describes a checkpoint: headings, and rows with a label. */
#ifndef CHARNN_CLI_INFO_ROW_H
#define CHARNN_CLI_INFO_ROW_H

#include "base/error.h"

#include <stdio.h>

enum { CHARNN_INFO_MARGIN = 2 }; /* columns before every line but headings */

/* An empty line and the heading. */
void info_heading(FILE *out, const char *heading);

/* "  label        text", as printf() formats it. */
void info_row(FILE *out, const char *label, const char *format, ...) CHARNN_PRINTF(3, 4);

#endif
