#include "base/json.h"
#include "cli/eval/views.h"
#include "cli/terminal/format.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/symbol_text.h"

static uint32_t code_of(const struct eval *eval, const struct alternative *alternative) {
    return vocab_code(checkpoint_vocab(eval->checkpoint), alternative->id);
}

static enum status add_score(const struct eval *eval, const struct symbol_score *score, cJSON *json,
                             struct error *error) {
    cJSON *list;
    if (json_add_double(json, "nats", score->nats, error) != CHARNN_OK ||
        json_add_double(json, "bits", format_bits(score->nats), error) != CHARNN_OK ||
        json_add_size(json, "rank", score->rank, error) != CHARNN_OK ||
        json_add_array(json, "top", &list, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < score->alternative_count; i++) {
        const struct alternative *alternative = &score->alternatives[i];
        char text[CHARNN_SYMBOL_TEXT];
        cJSON *item;
        (void)symbol_in_utf8(code_of(eval, alternative), text);
        if (json_add_object(list, NULL, &item, error) != CHARNN_OK ||
            json_add_string(item, "char", text, error) != CHARNN_OK ||
            json_add_double(item, "p", alternative->probability, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status write_json(const struct eval *eval, const struct scored_symbol *symbol,
                              struct error *error) {
    const struct symbol_score *score = symbol->score;
    char text[CHARNN_SYMBOL_TEXT];
    (void)symbol_in_utf8(score->code, text);
    cJSON *json;
    bool written =
        json_create_object(&json, error) == CHARNN_OK &&
        json_add_size(json, "position", symbol->position, error) == CHARNN_OK &&
        json_add_size(json, "line", symbol->line, error) == CHARNN_OK &&
        json_add_string(json, "char", text, error) == CHARNN_OK &&
        json_add_bool(json, "known", score->known, error) == CHARNN_OK &&
        (!score->scored || add_score(eval, score, json, error) == CHARNN_OK) &&
        (symbol->file == NULL || eval_add_name(json, symbol->file, error) == CHARNN_OK) &&
        stream_write_json(eval->out, json, error) == CHARNN_OK;
    cJSON_Delete(json);
    return written ? CHARNN_OK : error->status;
}

/* Fields without a value are empty. */
static enum status write_row(const struct eval *eval, const struct scored_symbol *symbol,
                             struct error *error) {
    const struct symbol_score *score = symbol->score;
    char text[CHARNN_SYMBOL_TEXT];
    enum status status = stream_printf(eval->out, error, "%zu\t%zu\t%s", symbol->position,
                                       symbol->line, symbol_escaped(score->code, text));
    if (status == CHARNN_OK) {
        status = score->scored ? stream_printf(eval->out, error, "\t%.6f\t%.4f\t%zu", score->nats,
                                               format_bits(score->nats), score->rank)
                               : stream_write(eval->out, "\t\t\t", 3, error);
    }
    for (size_t i = 0; status == CHARNN_OK && i < CHARNN_ALTERNATIVES; i++) {
        const struct alternative *alternative = &score->alternatives[i];
        status = i < score->alternative_count
                     ? stream_printf(eval->out, error, "\t%s\t%.4g",
                                     symbol_escaped(code_of(eval, alternative), text),
                                     alternative->probability)
                     : stream_write(eval->out, "\t\t", 2, error);
    }
    return status == CHARNN_OK ? eval_end_row(eval, symbol->file, error) : status;
}

enum status char_table_begin(const struct eval *eval, struct error *error) {
    return eval->settings->json
               ? CHARNN_OK
               : stream_printf(eval->out, error,
                               "position\tline\tchar\tnats\tbits\trank\tchar1\tp1\tchar2\tp2\t"
                               "char3\tp3\tchar4\tp4\tchar5\tp5%s\n",
                               eval->text_count > 1 ? "\tfile" : "");
}

enum status char_table_add(const struct eval *eval, const struct scored_symbol *symbol,
                           struct error *error) {
    return eval->settings->json ? write_json(eval, symbol, error) : write_row(eval, symbol, error);
}
