#include "cli/info/training.h"

#include "base/json.h"
#include "cli/info/row.h"
#include "cli/terminal/format.h"

#include <math.h>

enum { HISTORY_ROWS = 12, FILES_SHOWN = 10 };

static double number_of(const cJSON *item) {
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static double get_number(const cJSON *training, const char *key) {
    return number_of(cJSON_GetObjectItemCaseSensitive(training, key));
}

/* A count, or "?" if there is none. */
static const char *count_text(double number, char text[CHARNN_FORMAT_SIZE]) {
    if (!(number >= 0 && number <= (double)CHARNN_JSON_LARGEST_WHOLE)) {
        return "?";
    }
    return format_count((size_t)number, text);
}

/* Losses and epochs of a run are far below; such a number is not printed. */
static bool is_plausible(double number) {
    return number >= 0 && number < 1e9;
}

static void print_loss(FILE *out, const char *label, double nats, const char *more) {
    if (is_plausible(nats)) {
        info_row(out, label, "%.4f nats/char, %.4f bits/char%s", nats, format_bits(nats), more);
    }
}

/* Prints up to FILES_SHOWN files, or the first ones and the number of the others. */
static void print_files(FILE *out, const cJSON *files) {
    const cJSON *file;
    size_t count = cJSON_IsArray(files) ? (size_t)cJSON_GetArraySize(files) : 0;
    size_t shown = count > FILES_SHOWN ? FILES_SHOWN - 1 : count;
    const char *label = "text";
    cJSON_ArrayForEach(file, files) {
        if (shown == 0) {
            break;
        }
        shown--;
        if (cJSON_IsString(file)) {
            info_row(out, label, "%s", json_label(file->valuestring).text);
            label = "";
        }
    }
    if (count > FILES_SHOWN) {
        info_row(out, "", "and %zu more files", count - (FILES_SHOWN - 1));
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
    info_row(out, "origin", "%s%s%s%s%s", path[0] != '\0' ? json_label(path).text : "?",
             isfinite(step) ? ", step " : "", isfinite(step) ? count_text(step, text) : "",
             checksum != NULL ? ", checksum " : "",
             checksum != NULL ? json_label(checksum).text : "");
}

/* The id, which the run's log has too. */
static void print_run(FILE *out, const char *id) {
    if (id != NULL) {
        info_row(out, "run", "%s", json_label(id).text);
    }
}

static void print_changes(FILE *out, const cJSON *changes) {
    const char *label = "changed";
    const cJSON *row;
    cJSON_ArrayForEach(row, changes) {
        char step[CHARNN_FORMAT_SIZE];
        const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(row, 1));
        if (text != NULL) {
            info_row(out, label, "step %s: %s",
                     count_text(number_of(cJSON_GetArrayItem(row, 0)), step),
                     json_label(text).text);
            label = "";
        }
    }
}

/* Prints the number of skipped steps, including steps that a rollback undid. */
static void print_skipped(FILE *out, const cJSON *training) {
    char text[CHARNN_FORMAT_SIZE];
    double skipped = get_number(training, "skipped");
    double undone = get_number(training, "skipped_undone"); /* missing in older files */
    double all = skipped + (isfinite(undone) ? undone : 0);
    if (all > 0) {
        info_row(out, "skipped", "%s steps whose loss or gradient was not finite",
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
        info_row(out, "steps", is_plausible(epoch) ? "%s, epoch %.2f" : "%s",
                 count_text(step, text), epoch);
    }
    if (isfinite(characters)) {
        info_row(out, "characters", "%s", count_text(characters, text));
    }
    print_loss(out, "training", get_number(training, "train"), "");
    print_loss(out, "validation", get_number(training, "val"), "");
    (void)snprintf(more, sizeof more, ", at step %s",
                   count_text(get_number(training, "best_step"), text));
    print_loss(out, "best", get_number(training, "best_val"), more);
    print_skipped(out, training);
    print_changes(out, cJSON_GetObjectItemCaseSensitive(training, "changes"));
}

/* "1.4650", or "-" if there is no number. */
static const char *cell_text(const cJSON *item, const char *format, char text[CHARNN_FORMAT_SIZE]) {
    double number = number_of(item);
    (void)snprintf(text, CHARNN_FORMAT_SIZE, is_plausible(number) ? format : "-", number);
    return text;
}

static void print_history_row(FILE *out, const cJSON *row) {
    char step[CHARNN_FORMAT_SIZE];
    char epoch[CHARNN_FORMAT_SIZE];
    char train[CHARNN_FORMAT_SIZE];
    char val[CHARNN_FORMAT_SIZE];
    (void)fprintf(out, "%*s%11s %9s %11s %11s\n", CHARNN_INFO_MARGIN, "",
                  count_text(number_of(cJSON_GetArrayItem(row, 0)), step),
                  cell_text(cJSON_GetArrayItem(row, 1), "%.2f", epoch),
                  cell_text(cJSON_GetArrayItem(row, 2), "%.4f", train),
                  cell_text(cJSON_GetArrayItem(row, 3), "%.4f", val));
}

/* At most HISTORY_ROWS validations, evenly spaced, with the first and the last. */
static void print_history(FILE *out, const cJSON *history) {
    size_t count = cJSON_IsArray(history) ? (size_t)cJSON_GetArraySize(history) : 0;
    if (count == 0) {
        return;
    }
    size_t shown = count < HISTORY_ROWS ? count : HISTORY_ROWS;
    (void)fprintf(out, "\n%*s%11s %9s %11s %11s\n", CHARNN_INFO_MARGIN, "", "step", "epoch",
                  "training", "validation");
    for (size_t i = 0; i < shown; i++) {
        size_t index = shown > 1 ? i * (count - 1) / (shown - 1) : 0;
        print_history_row(out, cJSON_GetArrayItem(history, (int)index));
    }
}

void info_print_training(FILE *out, const struct checkpoint *checkpoint) {
    const cJSON *training = checkpoint_training(checkpoint);
    const cJSON *config = checkpoint_config(checkpoint);
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(config, "files");
    if (training == NULL && files == NULL) {
        return;
    }
    info_heading(out, "Training");
    print_origin(out, cJSON_GetObjectItemCaseSensitive(config, "origin"));
    print_files(out, files);
    print_run(out, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "run")));
    print_progress(out, training);
    print_history(out, cJSON_GetObjectItemCaseSensitive(training, "history"));
}
