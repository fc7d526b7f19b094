#include "cli/terminal/live_line.h"

#include "base/utf8.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/width.h"

#include <string.h>

void live_line_init(struct live_line *line, FILE *stream) {
    *line = (struct live_line){.stream = stream, .live = terminal_is_live(stream)};
}

bool live_line_due(const struct live_line *line, double now) {
    const double redraw_seconds = 0.2;
    return line->live && (!line->drawn || now - line->drawn_at >= redraw_seconds);
}

size_t live_line_room(const struct live_line *line) {
    return terminal_width(line->stream) - 1;
}

void live_line_draw(struct live_line *line, double now, const char *text) {
    size_t size = strlen(text);
    while (text_columns(text, size) > live_line_room(line)) {
        size = utf8_trim(text, size - 1);
    }
    (void)fprintf(line->stream, CHARNN_LIVE_LINE_CLEAR "%.*s", (int)size, text);
    (void)fflush(line->stream);
    line->drawn = true;
    line->drawn_at = now;
}

void live_line_clear(struct live_line *line) {
    if (line->drawn) {
        (void)fputs(CHARNN_LIVE_LINE_CLEAR, line->stream);
        (void)fflush(line->stream);
        line->drawn = false;
    }
}
