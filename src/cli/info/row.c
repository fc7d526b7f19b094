#include "cli/info/row.h"

#include <stdarg.h>

enum { LABEL = 13 }; /* columns of a label */

void info_heading(FILE *out, const char *heading) {
    (void)fprintf(out, "\n%s\n", heading);
}

void info_row(FILE *out, const char *label, const char *format, ...) {
    va_list arguments;
    (void)fprintf(out, "%*s%-*s ", CHARNN_INFO_MARGIN, "", LABEL, label);
    va_start(arguments, format);
    (void)vfprintf(out, format, arguments);
    va_end(arguments);
    (void)fputc('\n', out);
}
