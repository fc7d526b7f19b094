#include "base/memory.h"
#include "cli/eval/heat.h"
#include "cli/eval/views.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/symbol_text.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/width.h"

#include <stdlib.h>
#include <string.h>

enum { TAB = 8 }; /* columns between tab stops */

static enum status write_string(const struct heat_text *h, const char *text, struct error *error) {
    return stream_write(h->out, text, strlen(text), error);
}

static enum status write_symbol(const struct heat_text *h, uint32_t code, struct error *error) {
    char text[CHARNN_SYMBOL_TEXT];
    return write_string(h, code == '\t' ? "\t" : symbol_shown(code, text), error);
}

/* ---- colours ---- */

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

/* ---- digits below the line ---- */

static char digit_of(int level) {
    return level > 0 ? (char)('0' + level) : ' ';
}

static enum status put(struct heat_text *h, char byte, struct error *error) {
    enum status status =
        MEMORY_GROW(&h->digits, &h->capacity, h->size, h->size + 1, "a line of the text", error);
    if (status == CHARNN_OK) {
        h->digits[h->size++] = byte;
    }
    return status;
}

/* Below a tab stands a tab, so that the columns agree for any tab stops. A digit in the last column
 * before a stop leaves no room for the tab and none is needed. */
static enum status put_tab(struct heat_text *h, int level, struct error *error) {
    bool filled = level > 0 && h->column % TAB == TAB - 1;
    h->last = level > 0 ? h->size : SIZE_MAX;
    h->column += TAB - h->column % TAB;
    if (level > 0 && put(h, digit_of(level), error) != CHARNN_OK) {
        return error->status;
    }
    return filled ? CHARNN_OK : put(h, '\t', error);
}

/* A combining mark shares the digit of its character: the greater of both levels. */
static enum status put_digit(struct heat_text *h, int columns, int level, struct error *error) {
    if (columns == 0) {
        if (h->last != SIZE_MAX && digit_of(level) > h->digits[h->last]) {
            h->digits[h->last] = digit_of(level);
        }
        return CHARNN_OK;
    }
    h->column += (size_t)columns;
    h->last = h->size;
    enum status status = put(h, digit_of(level), error);
    return status == CHARNN_OK && columns > 1 ? put(h, ' ', error) : status;
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
    enum status status =
        code == '\t' ? put_tab(h, level, error) : put_digit(h, symbol_columns(code), level, error);
    if (status != CHARNN_OK) {
        return status;
    }
    return symbol_ends_line(code) ? end_digits(h, error) : write_symbol(h, code, error);
}

/* ---- both ---- */

void heat_text_begin(struct heat_text *heat, FILE *out) {
    const char *no_color = getenv("NO_COLOR");
    *heat = (struct heat_text){
        .out = out,
        .colours = terminal_is_live(out) && (no_color == NULL || no_color[0] == '\0'),
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

enum status heat_text_end(struct heat_text *heat, struct error *error) {
    if (!heat->line_begun) {
        return CHARNN_OK;
    }
    if (!heat->colours) {
        return end_digits(heat, error);
    }
    enum status status = set_level(heat, 0, error);
    return status == CHARNN_OK ? write_string(heat, "\n", error) : status;
}

void heat_text_deinit(struct heat_text *heat) {
    memory_free(heat->digits);
}
