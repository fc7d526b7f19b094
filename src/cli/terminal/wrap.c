#include "cli/terminal/wrap.h"

#include "cli/terminal/width.h"

#include <string.h>

enum { NARROWEST = 40, WIDEST = 100 };

struct wrap wrap_start(FILE *out, size_t width) {
    size_t usable = width < NARROWEST ? NARROWEST : width > WIDEST ? WIDEST : width;
    return (struct wrap){.out = out, .width = usable};
}

void wrap_end_line(struct wrap *wrap) {
    (void)fputc('\n', wrap->out);
    wrap->column = 0;
}

void wrap_spaces_to(struct wrap *wrap, size_t column) {
    while (wrap->column < column) {
        (void)fputc(' ', wrap->out);
        wrap->column++;
    }
}

void wrap_add_word(struct wrap *wrap, size_t indent, const char *word, size_t size) {
    size_t columns = text_columns(word, size);
    if (wrap->column > indent && wrap->column + 1 + columns > wrap->width) {
        wrap_end_line(wrap);
    }
    wrap_spaces_to(wrap, wrap->column > indent ? wrap->column + 1 : indent);
    (void)fwrite(word, 1, size, wrap->out);
    wrap->column += columns;
}

void wrap_add_text(struct wrap *wrap, size_t indent, const char *text) {
    while (*text != '\0') {
        size_t length = strcspn(text, " \n");
        if (length > 0) {
            wrap_add_word(wrap, indent, text, length);
        } else {
            if (*text == '\n') {
                wrap_end_line(wrap);
            }
            length = 1;
        }
        text += length;
    }
}
