#include "base/json.h"
#include "base/memory.h"
#include "cli/eval/score_sink.h"
#include "cli/terminal/format.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/symbol_text.h"

#include <string.h>

/* ---- JSON -------------------------------------------------------------------------------------
 */

static enum status add_alternatives(const struct score_format *format,
                                    const struct symbol_score *score, cJSON *json,
                                    struct error *error) {
    cJSON *list;
    enum status status = json_add_array(json, "top", &list, error);
    for (size_t i = 0; status == CHARNN_OK && i < score->alternative_count; i++) {
        const struct alternative *alternative = &score->alternatives[i];
        char text[CHARNN_SYMBOL_TEXT];
        cJSON *item;
        status = json_add_object(list, NULL, &item, error);
        if (status == CHARNN_OK) {
            (void)symbol_in_utf8(vocab_code(format->vocab, alternative->id), text);
            status = json_add_string(item, "char", text, error);
        }
        if (status == CHARNN_OK) {
            status = json_add_double(item, "p", alternative->probability, error);
        }
    }
    return status;
}

static enum status describe(const struct score_format *format, const struct scored_symbol *symbol,
                            cJSON *json, struct error *error) {
    const struct symbol_score *score = symbol->score;
    char text[CHARNN_SYMBOL_TEXT];
    if (json_add_size(json, "position", symbol->position, error) != CHARNN_OK ||
        json_add_size(json, "line", symbol->line, error) != CHARNN_OK ||
        json_add_string(json, "char", symbol_in_utf8(score->code, text), error) != CHARNN_OK ||
        json_add_bool(json, "known", score->known, error) != CHARNN_OK) {
        return error->status;
    }
    if (!score->scored) {
        return CHARNN_OK;
    }
    if (json_add_double(json, "nats", score->nats, error) != CHARNN_OK ||
        json_add_double(json, "bits", format_bits(score->nats), error) != CHARNN_OK ||
        json_add_size(json, "rank", score->rank, error) != CHARNN_OK) {
        return error->status;
    }
    return add_alternatives(format, score, json, error);
}

static enum status add_json(void *context, const struct scored_symbol *symbol,
                            struct error *error) {
    const struct score_format *format = context;
    cJSON *json;
    enum status status = json_create_object(&json, error);
    if (status == CHARNN_OK) {
        status = describe(format, symbol, json, error);
    }
    if (status == CHARNN_OK) {
        status = stream_write_json(format->out, json, error);
    }
    cJSON_Delete(json);
    return status;
}

/* ---- rows -------------------------------------------------------------------------------------
 */

/* Fields that have no value are empty. */
static enum status add_row(void *context, const struct scored_symbol *symbol, struct error *error) {
    const struct score_format *format = context;
    const struct symbol_score *score = symbol->score;
    char text[CHARNN_SYMBOL_TEXT];
    char row[512];
    int size = snprintf(row, sizeof row, "%zu\t%zu\t%s", symbol->position, symbol->line,
                        symbol_escaped(score->code, text));
    if (score->scored) {
        size += snprintf(row + size, sizeof row - (size_t)size, "\t%.6f\t%.4f\t%zu", score->nats,
                         format_bits(score->nats), score->rank);
    } else {
        size += snprintf(row + size, sizeof row - (size_t)size, "\t\t\t");
    }
    for (size_t i = 0; i < CHARNN_ALTERNATIVES; i++) {
        const struct alternative *alternative = &score->alternatives[i];
        if (i < score->alternative_count) {
            size += snprintf(row + size, sizeof row - (size_t)size, "\t%s\t%.4g",
                             symbol_escaped(vocab_code(format->vocab, alternative->id), text),
                             alternative->probability);
        } else {
            size += snprintf(row + size, sizeof row - (size_t)size, "\t\t");
        }
    }
    if (stream_write(format->out, row, (size_t)size, error) != CHARNN_OK) {
        return error->status;
    }
    return stream_write(format->out, "\n", 1, error);
}

static enum status end(void *context, struct error *error) {
    (void)context;
    (void)error;
    return CHARNN_OK;
}

enum status char_table_open(const struct score_format *format, struct score_sink *sink,
                            struct error *error) {
    static const char names[] = "position\tline\tchar\tnats\tbits\trank\tchar1\tp1\tchar2\tp2\t"
                                "char3\tp3\tchar4\tp4\tchar5\tp5\n";
    void *memory;
    if ((!format->json && stream_write(format->out, names, strlen(names), error) != CHARNN_OK) ||
        memory_allocate(1, sizeof *format, "a table", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct score_format *table = memory;
    *table = *format;
    *sink = (struct score_sink){.context = table,
                                .add = format->json ? add_json : add_row,
                                .end = end,
                                .close = memory_free};
    return CHARNN_OK;
}
