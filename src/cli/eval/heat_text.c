#include "base/memory.h"
#include "cli/eval/heat.h"
#include "cli/eval/score_sink.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/symbol_text.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/width.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEQUENCE = 32, /* room for an escape sequence */
    TAB = 8,       /* columns from one tab stop to the next */
};

/* A space where there is nothing to mark. */
static char digit_of(int level) {
    static const char digits[CHARNN_HEAT_LEVELS + 1] = " 1234567";
    return digits[level];
}

struct heat_text {
    FILE *out;
    bool colours;
    int level;       /* of the colour that is set */
    bool line_ended; /* nothing is on the line yet */
    char *below;     /* without colours: a digit below each of the line's characters, or a space */
    size_t size, capacity;
    size_t column; /* of the line, so far */
    size_t cell;   /* place of the last character's digit; SIZE_MAX: there is none */
};

static enum status write_string(const struct heat_text *h, const char *text, struct error *error) {
    return stream_write(h->out, text, strlen(text), error);
}

/* Black on the level's colour, or what the terminal had. */
static enum status set_level(struct heat_text *h, int level, struct error *error) {
    char sequence[SEQUENCE];
    if (level == h->level) {
        return CHARNN_OK;
    }
    h->level = level;
    if (level == 0) {
        return write_string(h, "\033[0m", error);
    }
    (void)snprintf(sequence, sizeof sequence, "\033[38;5;16;48;5;%dm",
                   heat_colours[level].terminal);
    return write_string(h, sequence, error);
}

/* An end of line is shown as a space where it surprises, for it has nothing to colour. */
static enum status add_colour(struct heat_text *h, uint32_t code, int level, struct error *error) {
    char text[CHARNN_SYMBOL_TEXT];
    if (set_level(h, level, error) != CHARNN_OK) {
        return error->status;
    }
    if (!symbol_ends_line(code)) {
        return write_string(h, code == '\t' ? "\t" : symbol_shown(code, text), error);
    }
    if ((level > 0 && write_string(h, " ", error) != CHARNN_OK) ||
        set_level(h, 0, error) != CHARNN_OK) {
        return error->status;
    }
    return write_string(h, "\n", error);
}

/* Ends the line and writes what is below it, where that is anything. */
static enum status end_digits(struct heat_text *h, struct error *error) {
    while (h->size > 0 && (h->below[h->size - 1] == ' ' || h->below[h->size - 1] == '\t')) {
        h->size--;
    }
    size_t size = h->size;
    h->size = 0;
    h->column = 0;
    h->cell = SIZE_MAX;
    if (write_string(h, "\n", error) != CHARNN_OK ||
        stream_write(h->out, h->below, size, error) != CHARNN_OK) {
        return error->status;
    }
    return size > 0 ? write_string(h, "\n", error) : CHARNN_OK;
}

static enum status put(struct heat_text *h, char byte, struct error *error) {
    enum status status =
        MEMORY_GROW(&h->below, &h->capacity, h->size, h->size + 1, "a line of the text", error);
    if (status == CHARNN_OK) {
        h->below[h->size++] = byte;
    }
    return status;
}

/* A tab below a tab, so that they agree wherever the stops are; but a digit fills the column that
 * is the last before a stop. */
static enum status put_tab(struct heat_text *h, int level, struct error *error) {
    bool filled = level > 0 && h->column % TAB == TAB - 1;
    h->cell = level > 0 ? h->size : SIZE_MAX;
    h->column += TAB - h->column % TAB;
    if (level > 0 && put(h, digit_of(level), error) != CHARNN_OK) {
        return error->status;
    }
    return filled ? CHARNN_OK : put(h, '\t', error);
}

/* What is drawn onto the character before it shares its digit, which is the greater of both. */
static enum status put_digit(struct heat_text *h, int columns, int level, struct error *error) {
    if (columns == 0) {
        if (h->cell != SIZE_MAX && digit_of(level) > h->below[h->cell]) {
            h->below[h->cell] = digit_of(level);
        }
        return CHARNN_OK;
    }
    h->column += (size_t)columns;
    h->cell = h->size;
    enum status status = put(h, digit_of(level), error);
    return status == CHARNN_OK && columns > 1 ? put(h, ' ', error) : status;
}

static enum status add_digit(struct heat_text *h, uint32_t code, int level, struct error *error) {
    char text[CHARNN_SYMBOL_TEXT];
    enum status status =
        code == '\t' ? put_tab(h, level, error) : put_digit(h, symbol_columns(code), level, error);
    if (status != CHARNN_OK || symbol_ends_line(code)) {
        return status == CHARNN_OK ? end_digits(h, error) : status;
    }
    return write_string(h, code == '\t' ? "\t" : symbol_shown(code, text), error);
}

static enum status add(void *context, const struct scored_symbol *symbol, struct error *error) {
    struct heat_text *h = context;
    uint32_t code = symbol->score->code;
    int level = heat_level(symbol->score->nats);
    h->line_ended = symbol_ends_line(code);
    return h->colours ? add_colour(h, code, level, error) : add_digit(h, code, level, error);
}

static enum status end(void *context, struct error *error) {
    struct heat_text *h = context;
    if (!h->line_ended) {
        enum status status = h->colours ? set_level(h, 0, error) : end_digits(h, error);
        if (status != CHARNN_OK || (h->colours && write_string(h, "\n", error) != CHARNN_OK)) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static void release(void *context) {
    struct heat_text *h = context;
    memory_free(h->below);
    memory_free(h);
}

enum status heat_text_open(FILE *out, struct score_sink *sink, struct error *error) {
    const char *no_color = getenv("NO_COLOR");
    void *memory;
    if (memory_allocate(1, sizeof(struct heat_text), "the heat", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct heat_text *h = memory;
    h->out = out;
    h->colours = terminal_is_live(out) && (no_color == NULL || no_color[0] == '\0');
    h->line_ended = true;
    h->cell = SIZE_MAX;
    *sink = (struct score_sink){.context = h, .add = add, .end = end, .close = release};
    return CHARNN_OK;
}
