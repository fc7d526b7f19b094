#include "base/json.h"
#include "base/memory.h"
#include "cli/eval/score_sink.h"
#include "cli/terminal/format.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/symbol_text.h"

#include <string.h>

/* The rows, and the line that is being read. */
struct line_table {
    struct score_format format;
    bool started;  /* the line has a symbol */
    size_t number; /* from 1 */
    size_t characters, unknown;
    double nats, other_nats;
    unsigned char *bytes; /* of the line, without its end */
    size_t size, capacity;
    char *shown; /* the bytes as they are written */
    size_t shown_capacity;
};

/* The line's bytes, read as UTF-8, as a string in `shown`. */
static enum status show_bytes(struct line_table *t, struct error *error) {
    size_t most = t->size * (CHARNN_SYMBOL_TEXT / 4) + 1; /* \x and two digits for a byte */
    if (MEMORY_GROW(&t->shown, &t->shown_capacity, 0, most, "a line of the text", error) !=
        CHARNN_OK) {
        return error->status;
    }
    char *end = t->shown;
    *end = '\0';
    for (size_t offset = 0; offset < t->size;) {
        char text[CHARNN_SYMBOL_TEXT];
        uint32_t code;
        offset += symbol_decode(CHARNN_ENCODING_UTF8, t->bytes + offset, t->size - offset, &code);
        end = stpcpy(end, t->format.json ? symbol_in_utf8(code, text) : symbol_escaped(code, text));
    }
    return CHARNN_OK;
}

static double bits_per_character(const struct line_table *t) {
    return t->characters > 0 ? format_bits(t->nats) / (double)t->characters : 0;
}

static enum status describe(const struct line_table *t, cJSON *json, struct error *error) {
    if (json_add_size(json, "line", t->number, error) != CHARNN_OK ||
        json_add_size(json, "characters", t->characters, error) != CHARNN_OK ||
        json_add_size(json, "unknown", t->unknown, error) != CHARNN_OK ||
        json_add_double(json, "nats", t->nats, error) != CHARNN_OK ||
        json_add_double(json, "bits_per_char", bits_per_character(t), error) != CHARNN_OK) {
        return error->status;
    }
    if (t->format.against &&
        (json_add_double(json, "other_nats", t->other_nats, error) != CHARNN_OK ||
         json_add_double(json, "log_odds", t->other_nats - t->nats, error) != CHARNN_OK)) {
        return error->status;
    }
    return json_add_string(json, "text", t->shown, error);
}

static enum status write_json(const struct line_table *t, struct error *error) {
    cJSON *json;
    enum status status = json_create_object(&json, error);
    if (status == CHARNN_OK) {
        status = describe(t, json, error);
    }
    if (status == CHARNN_OK) {
        status = stream_write_json(t->format.out, json, error);
    }
    cJSON_Delete(json);
    return status;
}

static enum status write_row(const struct line_table *t, struct error *error) {
    FILE *out = t->format.out;
    char row[192];
    int size = snprintf(row, sizeof row, "%zu\t%zu\t%zu\t%.6f\t%.4f\t", t->number, t->characters,
                        t->unknown, t->nats, bits_per_character(t));
    if (t->format.against) {
        size += snprintf(row + size, sizeof row - (size_t)size, "%.6f\t%.6f\t", t->other_nats,
                         t->other_nats - t->nats);
    }
    if (stream_write(out, row, (size_t)size, error) != CHARNN_OK ||
        stream_write(out, t->shown, strlen(t->shown), error) != CHARNN_OK) {
        return error->status;
    }
    return stream_write(out, "\n", 1, error);
}

static enum status write_line(struct line_table *t, struct error *error) {
    if (show_bytes(t, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = t->format.json ? write_json(t, error) : write_row(t, error);
    t->started = false;
    t->characters = t->unknown = t->size = 0;
    t->nats = t->other_nats = 0;
    return status;
}

static enum status add(void *context, const struct scored_symbol *symbol, struct error *error) {
    struct line_table *t = context;
    const struct symbol_score *score = symbol->score;
    const struct symbol_score *other = symbol->other;
    t->started = true;
    t->number = symbol->line;
    t->unknown += !score->known || (other != NULL && !other->known);
    if (score->scored && (other == NULL || other->scored)) {
        t->characters++;
        t->nats += score->nats;
        t->other_nats += other != NULL ? other->nats : 0;
    }
    if (symbol_ends_line(score->code)) {
        return write_line(t, error);
    }
    enum status status = MEMORY_GROW(&t->bytes, &t->capacity, t->size,
                                     t->size + CHARNN_SYMBOL_BYTES, "a line of the text", error);
    if (status == CHARNN_OK) {
        t->size += symbol_encode(score->code, t->bytes + t->size);
    }
    return status;
}

static enum status end(void *context, struct error *error) {
    struct line_table *t = context;
    return t->started ? write_line(t, error) : CHARNN_OK;
}

static void release(void *context) {
    struct line_table *t = context;
    memory_free(t->bytes);
    memory_free(t->shown);
    memory_free(t);
}

enum status line_table_open(const struct score_format *format, struct score_sink *sink,
                            struct error *error) {
    static const char names[] = "line\tcharacters\tunknown\tnats\tbits_per_char\ttext\n";
    static const char more_names[] =
        "line\tcharacters\tunknown\tnats\tbits_per_char\tother_nats\tlog_odds\ttext\n";
    const char *row = format->against ? more_names : names;
    void *memory;
    if ((!format->json && stream_write(format->out, row, strlen(row), error) != CHARNN_OK) ||
        memory_allocate(1, sizeof(struct line_table), "a table", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct line_table *table = memory;
    table->format = *format;
    *sink = (struct score_sink){.context = table, .add = add, .end = end, .close = release};
    return CHARNN_OK;
}
