#include "base/json.h"
#include "base/memory.h"
#include "cli/eval/views.h"
#include "cli/terminal/format.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/symbol_text.h"

#include <string.h>

static bool compares(const struct eval *eval) {
    return eval->settings->against[0] != '\0';
}

/* Makes `shown` from the bytes. They are decoded as UTF-8 even if the model's characters are bytes,
 * so that the line is readable. */
static enum status show_bytes(struct line_table *t, struct error *error) {
    size_t size = t->size * (CHARNN_SYMBOL_TEXT / 4) + 1; /* at most \x and two digits a byte */
    if (MEMORY_GROW(&t->shown, &t->shown_capacity, 0, size, "a line of the text", error) !=
        CHARNN_OK) {
        return error->status;
    }
    char *end = t->shown;
    *end = '\0';
    for (size_t offset = 0; offset < t->size;) {
        char text[CHARNN_SYMBOL_TEXT];
        uint32_t code;
        offset += symbol_decode(CHARNN_ENCODING_UTF8, t->bytes + offset, t->size - offset, &code);
        end = stpcpy(end, t->eval->settings->json ? symbol_in_utf8(code, text)
                                                  : symbol_escaped(code, text));
    }
    return CHARNN_OK;
}

static double bits_per_character(const struct line_table *t) {
    return t->characters > 0 ? format_bits(t->nats) / (double)t->characters : 0;
}

static enum status add_comparison(const struct line_table *t, cJSON *json, struct error *error) {
    enum status status = json_add_double(json, "other_nats", t->other_nats, error);
    return status == CHARNN_OK ? json_add_double(json, "log_odds", t->other_nats - t->nats, error)
                               : status;
}

static enum status write_json(const struct line_table *t, struct error *error) {
    double bits = bits_per_character(t);
    cJSON *json;
    bool written = json_create_object(&json, error) == CHARNN_OK &&
                   json_add_size(json, "line", t->number, error) == CHARNN_OK &&
                   json_add_size(json, "characters", t->characters, error) == CHARNN_OK &&
                   json_add_size(json, "unknown", t->unknown, error) == CHARNN_OK &&
                   json_add_double(json, "nats", t->nats, error) == CHARNN_OK &&
                   json_add_double(json, "bits_per_char", bits, error) == CHARNN_OK &&
                   (!compares(t->eval) || add_comparison(t, json, error) == CHARNN_OK) &&
                   json_add_string(json, "text", t->shown, error) == CHARNN_OK &&
                   (t->file == NULL || eval_add_name(json, t->file, error) == CHARNN_OK) &&
                   stream_write_json(t->eval->out, json, error) == CHARNN_OK;
    cJSON_Delete(json);
    return written ? CHARNN_OK : error->status;
}

static enum status write_row(const struct line_table *t, struct error *error) {
    FILE *out = t->eval->out;
    if (stream_printf(out, error, "%zu\t%zu\t%zu\t%.6f\t%.4f\t", t->number, t->characters,
                      t->unknown, t->nats, bits_per_character(t)) != CHARNN_OK) {
        return error->status;
    }
    if (compares(t->eval) && stream_printf(out, error, "%.6f\t%.6f\t", t->other_nats,
                                           t->other_nats - t->nats) != CHARNN_OK) {
        return error->status;
    }
    enum status status = stream_printf(out, error, "%s", t->shown);
    return status == CHARNN_OK ? eval_end_row(t->eval, t->file, error) : status;
}

static enum status write_line(struct line_table *t, struct error *error) {
    if (show_bytes(t, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = t->eval->settings->json ? write_json(t, error) : write_row(t, error);
    t->number = t->characters = t->unknown = t->size = 0;
    t->nats = t->other_nats = 0;
    return status;
}

enum status line_table_begin(struct line_table *table, const struct eval *eval,
                             struct error *error) {
    table->eval = eval;
    return eval->settings->json
               ? CHARNN_OK
               : stream_printf(eval->out, error,
                               "line\tcharacters\tunknown\tnats\tbits_per_char\t%stext%s\n",
                               compares(eval) ? "other_nats\tlog_odds\t" : "",
                               eval->text_count > 1 ? "\tfile" : "");
}

enum status line_table_add(struct line_table *table, const struct scored_symbol *symbol,
                           struct error *error) {
    struct line_table *t = table;
    const struct symbol_score *score = symbol->score;
    const struct symbol_score *other = symbol->other;
    t->number = symbol->line;
    t->file = symbol->file;
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

enum status line_table_end_text(struct line_table *table, struct error *error) {
    return table->number > 0 ? write_line(table, error) : CHARNN_OK;
}

void line_table_deinit(struct line_table *table) {
    memory_free(table->bytes);
    memory_free(table->shown);
}
