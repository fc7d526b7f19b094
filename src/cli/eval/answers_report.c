#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/eval/eval.h"
#include "cli/terminal/format.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/symbol_text.h"
#include "cli/terminal/width.h"
#include "text/question.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_MOST = 24 }; /* characters of a label in a table */

struct label {
    char text[(LABEL_MOST + 2) * CHARNN_SYMBOL_TEXT];
};

static struct label show(const struct eval *eval, size_t index) {
    const struct vocab *vocab = checkpoint_vocab(eval->checkpoint);
    const struct sequence sequence = eval->answers.labels.items[index];
    struct label label = {""};
    struct text text = text_start(label.text, sizeof label.text);
    for (size_t i = 0; i < sequence.count && i < LABEL_MOST; i++) {
        char symbol[CHARNN_SYMBOL_TEXT];
        text_add(&text, "%s", symbol_escaped(question_code(sequence.ids[i], vocab), symbol));
    }
    text_add(&text, "%s",
             sequence.count == 0           ? "(empty)"
             : sequence.count > LABEL_MOST ? "..."
                                           : "");
    return label;
}

/* Adds a label whole. */
static enum status add_label(const struct eval *eval, size_t index, const char *key, cJSON *json,
                             struct error *error) {
    const struct vocab *vocab = checkpoint_vocab(eval->checkpoint);
    const struct sequence sequence = eval->answers.labels.items[index];
    char *text;
    if (MEMORY_NEW(&text, sequence.count * CHARNN_SYMBOL_TEXT + 1, "an answer", error) !=
        CHARNN_OK) {
        return error->status;
    }
    char *end = text;
    for (size_t i = 0; i < sequence.count; i++) {
        char symbol[CHARNN_SYMBOL_TEXT];
        end = stpcpy(end, symbol_in_utf8(question_code(sequence.ids[i], vocab), symbol));
    }
    enum status status = json_add_string(json, key, text, error);
    memory_free(text);
    return status;
}

static double share(size_t part, size_t whole) {
    return whole > 0 ? (double)part / (double)whole : NAN;
}

static bool has_table(const struct eval_answers *answers) {
    return !answers->labels.overflow && answers->labels.count > 0;
}

/* A label, right-aligned. */
static enum status print_label(const struct eval *eval, const char *label, size_t columns,
                               struct error *error) {
    size_t taken = text_columns(label, strlen(label));
    int blanks = taken < columns ? (int)(columns - taken) : 0;
    return stream_printf(eval->out, error, "  %*s%s", blanks, "", label);
}

static enum status print_row(const struct eval *eval, size_t row, const size_t *columns,
                             struct error *error) {
    const struct eval_answers *a = &eval->answers;
    size_t count = a->labels.count;
    if (print_label(eval, show(eval, row).text, columns[count + 1], error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i <= count; i++) {
        char number[CHARNN_FORMAT_SIZE];
        (void)snprintf(number, sizeof number, "%zu", a->given[row * (count + 1) + i]);
        if (print_label(eval, number, columns[i], error) != CHARNN_OK) {
            return error->status;
        }
    }
    return stream_write(eval->out, "\n", 1, error);
}

/* Rows are true answers, columns given ones. */
static enum status print_table(const struct eval *eval, struct error *error) {
    const struct eval_answers *a = &eval->answers;
    size_t count = a->labels.count;
    size_t columns[CHARNN_EVAL_LABELS + 2] = {
        0}; /* of each label, of "other", of the first column */
    if (stream_printf(eval->out, error,
                      "given       (columns) to the questions whose answer is "
                      "the row's:\n") != CHARNN_OK) {
        return error->status;
    }
    columns[count + 1] = 0;
    for (size_t i = 0; i < count; i++) {
        const struct label label = show(eval, i);
        size_t width = text_columns(label.text, strlen(label.text));
        columns[i] = width > 5 ? width : 5;
        columns[count + 1] = width > columns[count + 1] ? width : columns[count + 1];
    }
    columns[count] = 5;
    enum status status = print_label(eval, "", columns[count + 1], error);
    for (size_t i = 0; status == CHARNN_OK && i <= count; i++) {
        status = print_label(eval, i < count ? show(eval, i).text : "other", columns[i], error);
    }
    status = status == CHARNN_OK ? stream_write(eval->out, "\n", 1, error) : status;
    for (size_t i = 0; status == CHARNN_OK && i < count; i++) {
        status = print_row(eval, i, columns, error);
    }
    return status;
}

enum status eval_print_answers(const struct eval *eval, struct error *error) {
    const struct eval_answers *a = &eval->answers;
    char right[CHARNN_FORMAT_SIZE];
    char edits[CHARNN_FORMAT_SIZE];
    if (!eval->settings->answers) {
        return CHARNN_OK;
    }
    if (stream_printf(eval->out, error,
                      "answers     %zu of %zu right (%s), character error rate %s\n", a->right,
                      a->questions, format_percent(share(a->right, a->questions), right),
                      a->symbols > 0 ? format_percent(share(a->edits, a->symbols), edits) : "-") !=
            CHARNN_OK ||
        (a->unseen > 0 &&
         stream_printf(eval->out, error,
                       "unseen      %zu true answers are not in the training part\n",
                       a->unseen) != CHARNN_OK)) {
        return error->status;
    }
    return has_table(a) ? print_table(eval, error) : CHARNN_OK;
}

static enum status add_pair(const struct eval *eval, size_t row, size_t column, cJSON *list,
                            struct error *error) {
    const struct eval_answers *a = &eval->answers;
    size_t count = a->labels.count;
    size_t times = a->given[row * (count + 1) + column];
    cJSON *item;
    if (times == 0) {
        return CHARNN_OK;
    }
    if (json_add_object(list, NULL, &item, error) != CHARNN_OK ||
        add_label(eval, row, "answer", item, error) != CHARNN_OK ||
        (column < count && add_label(eval, column, "given", item, error) != CHARNN_OK)) {
        return error->status;
    }
    return json_add_size(item, "count", times, error);
}

static enum status add_table(const struct eval *eval, cJSON *json, struct error *error) {
    size_t count = eval->answers.labels.count;
    cJSON *list;
    enum status status = json_add_array(json, "confusion", &list, error);
    for (size_t i = 0; status == CHARNN_OK && i < count * (count + 1); i++) {
        status = add_pair(eval, i / (count + 1), i % (count + 1), list, error);
    }
    return status;
}

enum status eval_add_answers(const struct eval *eval, cJSON *json, struct error *error) {
    const struct eval_answers *a = &eval->answers;
    if (!eval->settings->answers) {
        return CHARNN_OK;
    }
    if (json_add_size(json, "questions", a->questions, error) != CHARNN_OK ||
        json_add_size(json, "exact", a->right, error) != CHARNN_OK ||
        (eval->settings->answers_only &&
         json_add_size(json, "unseen", a->unseen, error) != CHARNN_OK) ||
        json_add_double(json, "accuracy", share(a->right, a->questions), error) != CHARNN_OK ||
        json_add_double(json, "character_error_rate", share(a->edits, a->symbols), error) !=
            CHARNN_OK) {
        return error->status;
    }
    return has_table(a) ? add_table(eval, json, error) : CHARNN_OK;
}
