#include "cli/terminal/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_is_live(FILE *stream) {
    const char *kind = getenv("TERM");
    return isatty(fileno(stream)) == 1 && kind != NULL && strcmp(kind, "dumb") != 0;
}

/* The number in the value of an environment variable, or 0. */
static size_t read_size(const char *text) {
    return text != NULL && text[strspn(text, "0123456789")] == '\0' ? strtoul(text, NULL, 10) : 0;
}

/* Zeros without a terminal. */
static struct winsize measure(FILE *stream) {
    struct winsize window;
    return ioctl(fileno(stream), TIOCGWINSZ, &window) == 0 ? window : (struct winsize){0};
}

size_t terminal_width(FILE *stream) {
    size_t set = read_size(getenv("COLUMNS"));
    size_t measured = measure(stream).ws_col;
    return set > 0 ? set : measured > 0 ? measured : 80;
}

size_t terminal_height(FILE *stream) {
    size_t set = read_size(getenv("LINES"));
    size_t measured = measure(stream).ws_row;
    return set > 0 ? set : measured > 0 ? measured : 24;
}

bool terminal_has_colours(FILE *stream) {
    const char *no_color = getenv("NO_COLOR");
    return terminal_is_live(stream) && (no_color == NULL || no_color[0] == '\0');
}
