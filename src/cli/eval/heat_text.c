#include "base/memory.h"
#include "cli/eval/views.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/symbol_text.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/width.h"

#include <string.h>

enum { TAB = 8 }; /* columns between tab stops */

static const char level_digits[CHARNN_HEAT_LEVELS + 1] = " 1234567";

static enum status write_string(const struct heat_text *h, const char *text, struct error *error) {
    return stream_write(h->out, text, strlen(text), error);
}

static enum status write_symbol(const struct heat_text *h, uint32_t code, struct error *error) {
    char text[CHARNN_SYMBOL_TEXT];
    return write_string(h, code == '\t' ? "\t" : symbol_shown(code, text), error);
}

/* Black on the level's colour; level 0 restores the terminal's own colours. */
static enum status set_level(struct heat_text *h, int level, struct error *error) {
    if (level == h->level) {
        return CHARNN_OK;
    }
    h->level = level;
    return level == 0 ? write_string(h, "\033[0m", error)
                      : stream_printf(h->out, error, "\033[38;5;16;48;5;%dm",
                                      heat_colours[level].terminal);
}

/* A surprising end of line has nothing to colour, so it becomes a space. */
static enum status add_colour(struct heat_text *h, uint32_t code, int level, struct error *error) {
    if (set_level(h, level, error) != CHARNN_OK) {
        return error->status;
    }
    if (!symbol_ends_line(code)) {
        return write_symbol(h, code, error);
    }
    if ((level > 0 && write_string(h, " ", error) != CHARNN_OK) ||
        set_level(h, 0, error) != CHARNN_OK) {
        return error->status;
    }
    return write_string(h, "\n", error);
}

/* Puts a digit below a symbol, or a space for level 0. A combining mark shares the digit of the
 * symbol before it: the greater of the two digits. Below a tab stands a tab, so that the columns
 * agree for any tab stops. If a tab is one column wide and has a digit, the digit takes its place.
 */
static enum status put_digit(struct heat_text *h, uint32_t code, int level, struct error *error) {
    bool tab = code == '\t';
    size_t columns = tab ? TAB - h->column % TAB : (size_t)symbol_columns(code);
    char digit = level_digits[level];
    if (columns == 0) {
        if (h->last != SIZE_MAX && digit > h->digits[h->last]) {
            h->digits[h->last] = digit;
        }
        return CHARNN_OK;
    }
    if (MEMORY_GROW(&h->digits, &h->capacity, h->size, h->size + 2, "a line of the text", error) !=
        CHARNN_OK) {
        return error->status;
    }
    h->column += columns;
    h->last = SIZE_MAX;
    if (!tab || level > 0) {
        h->last = h->size;
        h->digits[h->size++] = digit;
    }
    if (h->last == SIZE_MAX || columns > 1) {
        h->digits[h->size++] = tab ? '\t' : ' ';
    }
    return CHARNN_OK;
}

/* Ends the line of text and, unless it is blank, writes the line of digits below. */
static enum status end_digits(struct heat_text *h, struct error *error) {
    while (h->size > 0 && (h->digits[h->size - 1] == ' ' || h->digits[h->size - 1] == '\t')) {
        h->size--;
    }
    size_t size = h->size;
    h->size = 0;
    h->column = 0;
    h->last = SIZE_MAX;
    if (write_string(h, "\n", error) != CHARNN_OK ||
        stream_write(h->out, h->digits, size, error) != CHARNN_OK) {
        return error->status;
    }
    return size > 0 ? write_string(h, "\n", error) : CHARNN_OK;
}

static enum status add_digit(struct heat_text *h, uint32_t code, int level, struct error *error) {
    if (put_digit(h, code, level, error) != CHARNN_OK) {
        return error->status;
    }
    return symbol_ends_line(code) ? end_digits(h, error) : write_symbol(h, code, error);
}

void heat_text_begin(struct heat_text *heat, FILE *out) {
    *heat = (struct heat_text){
        .out = out,
        .colours = terminal_has_colours(out),
        .last = SIZE_MAX,
    };
}

enum status heat_text_add(struct heat_text *heat, const struct scored_symbol *symbol,
                          struct error *error) {
    uint32_t code = symbol->score->code;
    int level = heat_level(symbol->score->nats);
    heat->line_begun = !symbol_ends_line(code);
    return heat->colours ? add_colour(heat, code, level, error)
                         : add_digit(heat, code, level, error);
}

enum status heat_text_end_text(struct heat_text *heat, struct error *error) {
    if (!heat->line_begun) {
        return CHARNN_OK;
    }
    heat->line_begun = false;
    if (!heat->colours) {
        return end_digits(heat, error);
    }
    enum status status = set_level(heat, 0, error);
    return status == CHARNN_OK ? write_string(heat, "\n", error) : status;
}

void heat_text_deinit(struct heat_text *heat) {
    memory_free(heat->digits);
}
