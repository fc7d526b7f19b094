#include "cli/terminal/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_is_live(FILE *stream) {
    const char *kind = getenv("TERM");
    return isatty(fileno(stream)) == 1 && kind != NULL && strcmp(kind, "dumb") != 0;
}

size_t terminal_width(FILE *stream) {
    const char *columns = getenv("COLUMNS");
    if (columns != NULL && columns[strspn(columns, "0123456789")] == '\0') {
        unsigned long width = strtoul(columns, NULL, 10);
        if (width > 0) {
            return width;
        }
    }
    struct winsize window;
    if (ioctl(fileno(stream), TIOCGWINSZ, &window) == 0 && window.ws_col > 0) {
        return window.ws_col;
    }
    return 80;
}
