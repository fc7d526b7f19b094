#include "cli/info/text.h"

#include "base/json.h"
#include "base/plural.h"
#include "base/shell.h"
#include "checkpoint/names.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/vocab_json.h"
#include "cli/options/value.h"
#include "cli/terminal/format.h"
#include "cli/terminal/wrap.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum {
    MARGIN = 2,
    LABEL = 13,         /* columns of what stands before a row's text */
    NAME_COLUMN = 44,   /* widest column of tensors' names */
    SYMBOL_TERMS = 400, /* of the vocabulary at most */
    HISTORY_ROWS = 12,
};

bool info_is_parameter(const char *name) {
    return strncmp(name, "rnn.", 4) == 0 || strncmp(name, "decoder.", 8) == 0;
}

size_t info_parameter_count(const struct checkpoint *checkpoint) {
    const struct safetensors *file = checkpoint_file(checkpoint);
    size_t count = 0;
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct safetensors_tensor *tensor = safetensors_at(file, i);
        count += info_is_parameter(tensor->name) ? tensor->elements : 0;
    }
    return count;
}

/* ---- layout -----------------------------------------------------------------------------------
 */

static void print_heading(FILE *out, const char *heading) {
    (void)fprintf(out, "\n%s\n", heading);
}

/* "  label        text" */
static void print_row(FILE *out, const char *label, const char *format, ...) CHARNN_PRINTF(3, 4);

static void print_row(FILE *out, const char *label, const char *format, ...) {
    va_list arguments;
    (void)fprintf(out, "%*s%-*s ", MARGIN, "", LABEL, label);
    va_start(arguments, format);
    (void)vfprintf(out, format, arguments);
    va_end(arguments);
    (void)fputc('\n', out);
}

/* ---- model and vocabulary ---------------------------------------------------------------------
 */

static void print_model(FILE *out, const struct checkpoint *checkpoint) {
    char text[CHARNN_FORMAT_SIZE];
    const struct model_shape *shape = checkpoint_shape(checkpoint);
    const char *format = safetensors_metadata(checkpoint_file(checkpoint), CHARNN_KEY_FORMAT);
    const char *version = safetensors_metadata(checkpoint_file(checkpoint), CHARNN_KEY_VERSION);
    (void)fprintf(out, "%s\n", json_label(checkpoint_path(checkpoint)).text);
    print_heading(out, "Model");
    print_row(out, "cell", "%s%s", shape->cell->name, shape->peephole ? " with peepholes" : "");
    print_row(out, "layers", "%zu of %zu unit%s", shape->layers, shape->hidden,
              plural_ending(shape->hidden));
    print_row(out, "parameters", "%s", format_count(info_parameter_count(checkpoint), text));
    print_row(out, "file", "format %s%s%s", format, version != NULL ? ", written by charnn " : "",
              version != NULL ? json_label(version).text : "");
}

/* How a symbol is shown in a list. */
struct term {
    char text[24];
    size_t columns;
};

static bool is_blank(uint32_t code) {
    return code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x202F ||
           code == 0x205F || code == 0x3000;
}

static struct term symbol_term(uint32_t code) {
    struct term term = {"", 0};
    char description[CHARNN_SYMBOL_DESCRIPTION];
    (void)symbol_describe(code, description, sizeof description);
    if (code == '\n') {
        (void)snprintf(term.text, sizeof term.text, "newline");
    } else if (code == '\t') {
        (void)snprintf(term.text, sizeof term.text, "tab");
    } else if (code == ' ') {
        (void)snprintf(term.text, sizeof term.text, "space");
    } else if (code == CHARNN_SYMBOL_UNKNOWN) {
        (void)snprintf(term.text, sizeof term.text, "unknown");
    } else if (code == CHARNN_SYMBOL_END) {
        (void)snprintf(term.text, sizeof term.text, "end");
    } else if (code >= CHARNN_RAW_BYTE) {
        (void)snprintf(term.text, sizeof term.text, "0x%02X", (unsigned)(code - CHARNN_RAW_BYTE));
    } else if (description[0] != '\'' || is_blank(code)) {
        (void)snprintf(term.text, sizeof term.text, "U+%04X", (unsigned)code);
    } else {
        term.text[symbol_encode(code, (unsigned char *)term.text)] = '\0';
        term.columns = code >= 0x1100 ? 2 : 1; /* the widest that it may be shown */
        return term;
    }
    term.columns = strlen(term.text);
    return term;
}

/* Whether a run of such symbols is understood when only its ends are shown. */
static bool is_ordered(uint32_t code) {
    return (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
           (code >= 'a' && code <= 'z') || code >= 0x80 ||
           (code < 0x20 && code != '\n' && code != '\t');
}

/* The number of symbols from `start` on whose codes count up. */
static size_t run_length(const uint32_t *codes, size_t count, size_t start) {
    size_t length = 1;
    while (start + length < count && is_ordered(codes[start + length]) &&
           is_ordered(codes[start]) && codes[start + length] == codes[start] + length) {
        length++;
    }
    return length;
}

static void print_vocab(FILE *out, const struct vocab *vocab, size_t width) {
    const uint32_t *codes = vocab_codes(vocab);
    size_t count = vocab_size(vocab);
    char text[CHARNN_FORMAT_SIZE];
    struct wrap wrap = wrap_start(out, width);
    (void)fprintf(out, "\nVocabulary: %s symbol%s, %s\n", format_count(count, text),
                  plural_ending(count), encoding_name(vocab_encoding(vocab)));
    size_t i = 0;
    for (size_t terms = 0; i < count && terms < SYMBOL_TERMS; terms++) {
        size_t length = run_length(codes, count, i);
        const struct term first = symbol_term(codes[i]);
        if (length > 2) {
            char ends[2 * sizeof first.text + 2];
            const struct term last = symbol_term(codes[i + length - 1]);
            (void)snprintf(ends, sizeof ends, "%s..%s", first.text, last.text);
            wrap_add_word(&wrap, MARGIN, ends, strlen(ends), first.columns + 2 + last.columns);
        } else {
            length = 1;
            wrap_add_word(&wrap, MARGIN, first.text, strlen(first.text), first.columns);
        }
        i += length;
    }
    wrap_end_line(&wrap);
    if (i < count) {
        (void)fprintf(out, "%*sand %s more, which --json lists\n", MARGIN, "",
                      format_count(count - i, text));
    }
}

/* ---- settings ---------------------------------------------------------------------------------
 */

/* Adds one setting as the option that it is: --rnn-size 128, --peephole, --no-peephole. */
static void add_setting(struct wrap *wrap, const cJSON *item) {
    char word[256];
    char number[CHARNN_FORMAT_SIZE];
    struct json_label name = json_label(item->string);
    for (char *c = name.text; *c != '\0'; c++) {
        *c = (char)(*c == '_' ? '-' : *c);
    }
    if (cJSON_IsBool(item)) {
        (void)snprintf(word, sizeof word, "--%s%s", cJSON_IsTrue(item) ? "" : "no-", name.text);
    } else if (cJSON_IsNumber(item)) {
        (void)snprintf(number, sizeof number, "%.15g", item->valuedouble);
        (void)snprintf(word, sizeof word, "--%s %s", name.text, number);
    } else if (cJSON_IsString(item)) {
        char value[128];
        struct text quoted = text_start(value, sizeof value);
        shell_add_word(&quoted, item->valuestring);
        (void)snprintf(word, sizeof word, "--%s %s", name.text, json_label(value).text);
    } else {
        return;
    }
    wrap_add_word(wrap, MARGIN, word, strlen(word), strlen(word));
}

static void print_settings(FILE *out, const struct checkpoint *checkpoint, size_t width) {
    struct wrap wrap = wrap_start(out, width);
    const cJSON *item;
    print_heading(out, "Settings");
    cJSON_ArrayForEach(item, checkpoint_config(checkpoint)) {
        add_setting(&wrap, item);
    }
    wrap_end_line(&wrap);
}

/* ---- training ---------------------------------------------------------------------------------
 */

static double number_of(const cJSON *item) {
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static double get_number(const cJSON *training, const char *key) {
    return number_of(cJSON_GetObjectItemCaseSensitive(training, key));
}

/* A count, or "?" where there is none. */
static const char *count_text(double number, char text[CHARNN_FORMAT_SIZE]) {
    if (!(number >= 0 && number <= (double)CHARNN_JSON_LARGEST_WHOLE)) {
        return "?";
    }
    return format_count((size_t)number, text);
}

static void print_loss(FILE *out, const char *label, double nats, const char *more) {
    if (isfinite(nats)) {
        print_row(out, label, "%.4f nats/char, %.4f bits/char%s", nats, format_bits(nats), more);
    }
}

static void print_files(FILE *out, const cJSON *files) {
    const cJSON *file;
    if (!cJSON_IsArray(files)) {
        return;
    }
    const char *label = "text";
    cJSON_ArrayForEach(file, files) {
        if (cJSON_IsString(file)) {
            print_row(out, label, "%s", json_label(file->valuestring).text);
            label = "";
        }
    }
}

static void print_origin(FILE *out, const cJSON *origin) {
    char text[CHARNN_FORMAT_SIZE];
    const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(origin, "path"));
    const char *checksum = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(origin, "xxh64"));
    double step = get_number(origin, "step");
    if (path == NULL) {
        return;
    }
    print_row(out, "origin", "%s%s%s%s%s", path[0] != '\0' ? json_label(path).text : "?",
              isfinite(step) ? ", step " : "", isfinite(step) ? count_text(step, text) : "",
              checksum != NULL ? ", checksum " : "",
              checksum != NULL ? json_label(checksum).text : "");
}

static void print_changes(FILE *out, const cJSON *changes) {
    const char *label = "changed";
    const cJSON *row;
    cJSON_ArrayForEach(row, changes) {
        char step[CHARNN_FORMAT_SIZE];
        const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(row, 1));
        if (text != NULL) {
            print_row(out, label, "step %s: %s",
                      count_text(number_of(cJSON_GetArrayItem(row, 0)), step),
                      json_label(text).text);
            label = "";
        }
    }
}

/* Of the whole run, with those that it then went back from. */
static void print_skipped(FILE *out, const cJSON *training) {
    char text[CHARNN_FORMAT_SIZE];
    double skipped = get_number(training, "skipped");
    double undone = get_number(training, "skipped_undone"); /* an older file lacks it */
    double all = skipped + (isfinite(undone) ? undone : 0);
    if (all > 0) {
        print_row(out, "skipped", "%s steps whose loss or gradient was not finite",
                  count_text(all, text));
    }
}

static void print_progress(FILE *out, const cJSON *training) {
    char text[CHARNN_FORMAT_SIZE];
    char more[128];
    double step = get_number(training, "step");
    double epoch = get_number(training, "epoch");
    double characters = get_number(training, "characters");
    if (isfinite(step)) {
        print_row(out, "steps", isfinite(epoch) ? "%s, epoch %.2f" : "%s", count_text(step, text),
                  epoch);
    }
    if (isfinite(characters)) {
        print_row(out, "characters", "%s", count_text(characters, text));
    }
    print_loss(out, "training", get_number(training, "train"), "");
    print_loss(out, "validation", get_number(training, "val"), "");
    (void)snprintf(more, sizeof more, ", at step %s",
                   count_text(get_number(training, "best_step"), text));
    print_loss(out, "best", get_number(training, "best_val"), more);
    print_skipped(out, training);
    print_changes(out, cJSON_GetObjectItemCaseSensitive(training, "changes"));
}

/* "1.4650" in a column, or "-" where there is no number. */
static const char *cell_text(const cJSON *item, const char *format, char text[CHARNN_FORMAT_SIZE]) {
    double number = number_of(item);
    (void)snprintf(text, CHARNN_FORMAT_SIZE, "-");
    if (isfinite(number) && fabs(number) < 1e9) {
        (void)snprintf(text, CHARNN_FORMAT_SIZE, format, number);
    }
    return text;
}

static void print_history_row(FILE *out, const cJSON *row) {
    char step[CHARNN_FORMAT_SIZE];
    char epoch[CHARNN_FORMAT_SIZE];
    char train[CHARNN_FORMAT_SIZE];
    char val[CHARNN_FORMAT_SIZE];
    (void)fprintf(out, "%*s%11s %9s %11s %11s\n", MARGIN, "",
                  count_text(number_of(cJSON_GetArrayItem(row, 0)), step),
                  cell_text(cJSON_GetArrayItem(row, 1), "%.2f", epoch),
                  cell_text(cJSON_GetArrayItem(row, 2), "%.4f", train),
                  cell_text(cJSON_GetArrayItem(row, 3), "%.4f", val));
}

/* Some of the validations, evenly chosen, with the first and the last. */
static void print_history(FILE *out, const cJSON *history) {
    size_t count = cJSON_IsArray(history) ? (size_t)cJSON_GetArraySize(history) : 0;
    if (count == 0) {
        return;
    }
    size_t shown = count < HISTORY_ROWS ? count : HISTORY_ROWS;
    (void)fprintf(out, "\n%*s%11s %9s %11s %11s\n", MARGIN, "", "step", "epoch", "training",
                  "validation");
    size_t index = 0;
    size_t next = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, history) {
        if (index == (shown > 1 ? next * (count - 1) / (shown - 1) : 0)) {
            print_history_row(out, row);
            next++;
        }
        index++;
    }
}

static void print_training(FILE *out, const struct checkpoint *checkpoint) {
    const cJSON *training = checkpoint_training(checkpoint);
    const cJSON *config = checkpoint_config(checkpoint);
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(config, "files");
    if (training == NULL && files == NULL) {
        return;
    }
    print_heading(out, "Training");
    print_origin(out, cJSON_GetObjectItemCaseSensitive(config, "origin"));
    print_files(out, files);
    print_progress(out, training);
    print_history(out, cJSON_GetObjectItemCaseSensitive(training, "history"));
}

/* ---- tensors ----------------------------------------------------------------------------------
 */

/* The part of "optim.exp_avg.rnn.bias_ih_l0" before the parameter's name; 0 where there is none. */
static size_t prefix_length(const char *name) {
    const char *parameter = strstr(name, ".rnn.");
    parameter = parameter != NULL ? parameter : strstr(name, ".decoder.");
    return parameter != NULL ? (size_t)(parameter - name) : 0;
}

/* How many tensors from `start` on have the same prefix and the same dtype. */
static size_t group_size(const struct safetensors *file, size_t start) {
    const struct safetensors_tensor *first = safetensors_at(file, start);
    size_t prefix = prefix_length(first->name);
    size_t size = 1;
    for (; prefix > 0 && start + size < safetensors_count(file); size++) {
        const struct safetensors_tensor *tensor = safetensors_at(file, start + size);
        if (prefix_length(tensor->name) != prefix || tensor->dtype != first->dtype ||
            strncmp(tensor->name, first->name, prefix) != 0) {
            break;
        }
    }
    return size;
}

/* The widest name, up to a limit. */
static size_t name_columns(const struct safetensors *file) {
    size_t columns = 0;
    for (size_t i = 0; i < safetensors_count(file); i += group_size(file, i)) {
        const char *name = safetensors_at(file, i)->name;
        size_t prefix = prefix_length(name);
        size_t length = prefix > 0 ? prefix + 2 : strlen(json_label(name).text);
        columns = length > columns ? length : columns;
    }
    return columns < NAME_COLUMN ? columns : NAME_COLUMN;
}

static void print_tensors(FILE *out, const struct safetensors *file) {
    int columns = (int)name_columns(file);
    print_heading(out, "Tensors");
    size_t size;
    for (size_t i = 0; i < safetensors_count(file); i += size) {
        const struct safetensors_tensor *tensor = safetensors_at(file, i);
        struct json_label name = json_label(tensor->name);
        size = group_size(file, i);
        const char *dtype = safetensors_dtype_name(tensor->dtype);
        size_t prefix = prefix_length(name.text);
        if (size > 1 && prefix > 0) {
            (void)snprintf(name.text + prefix, sizeof name.text - prefix, ".*");
            (void)fprintf(out, "%*s%-*s  %-4s  %zu tensors, shaped like the model's\n", MARGIN, "",
                          columns, name.text, dtype, size);
        } else {
            (void)fprintf(out, "%*s%-*s  %-4s  %s\n", MARGIN, "", columns, name.text, dtype,
                          tensor_shape_text(tensor->shape, tensor->rank).text);
        }
    }
}

void info_print(FILE *out, const struct checkpoint *checkpoint, size_t width) {
    print_model(out, checkpoint);
    print_vocab(out, checkpoint_vocab(checkpoint), width);
    print_settings(out, checkpoint, width);
    print_training(out, checkpoint);
    print_tensors(out, checkpoint_file(checkpoint));
}
