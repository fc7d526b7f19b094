#include "cli/sample/copy_check.h"

#include "base/files/file.h"
#include "base/files/io.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/plural.h"
#include "cli/terminal/format.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/symbol_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHOWN = 60 }; /* characters of the longest run */

static bool is_off(const struct copy_check *check) {
    return check->path[0] == '\0';
}

static bool has_records(const struct copy_check *check) {
    return check->format.records != NULL;
}

/* Whether `path` is a device that is not a terminal. It is opened only if it is a device: a pipe
 * that is opened and closed again is lost. */
static bool is_device(const char *path) {
    struct stat about;
    if (stat(path, &about) != 0 || !(S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode))) {
        return false;
    }
    int fd = io_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    bool device = fd >= 0 && file_is_device(fd);
    if (fd >= 0) {
        (void)io_close(fd);
    }
    return device;
}

enum status copy_check_options(const struct options *options, const char *path, bool stdin_is_read,
                               struct error *error) {
    if (path[0] == '\0' && options_given(options, "copy-run")) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--copy-run has no effect without --copy-check");
    }
    if (strcmp(path, "-") == 0) {
        for (size_t i = 0; i < options->argument_count; i++) {
            stdin_is_read = stdin_is_read || strcmp(options->arguments[i], "-") == 0;
        }
        return stdin_is_read ? error_set(error, CHARNN_ERROR_USAGE,
                                         "--copy-check: standard input is read for something else "
                                         "and can be read only once; name a file")
                             : CHARNN_OK;
    }
    if (path[0] != '\0' && is_device(path)) {
        return file_refuse_device(path, error);
    }
    if (path[0] == '\0' || access(path, R_OK) == 0) {
        return CHARNN_OK;
    }
    return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open %s", path);
}

enum status copy_check_open(struct copy_check *check, struct error *error) {
    return is_off(check) || check->corpus != NULL
               ? CHARNN_OK
               : corpus_open(&check->path, 1, &check->format, &check->corpus, error);
}

enum status copy_check_add(struct copy_check *check, uint32_t code, struct error *error) {
    if (is_off(check)) {
        return CHARNN_OK;
    }
    enum status status = MEMORY_GROW(&check->codes, &check->capacity, check->count,
                                     check->count + 1, "the texts to look for", error);
    if (status == CHARNN_OK) {
        check->codes[check->count++] = code;
    }
    return status;
}

enum status copy_check_add_bytes(struct copy_check *check, const unsigned char *bytes, size_t size,
                                 struct error *error) {
    for (size_t offset = 0; !is_off(check) && offset < size;) {
        uint32_t code;
        offset += symbol_decode_joined(check->format.encoding, check->format.unix_newlines,
                                       bytes + offset, size - offset, &code);
        if (copy_check_add(check, code, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

enum status copy_check_run(struct copy_check *check, struct error *error) {
    if (is_off(check)) {
        return CHARNN_OK;
    }
    if (copy_check_open(check, error) != CHARNN_OK ||
        memorization_find(check->corpus, check->codes, check->count, check->run, &check->report,
                          error) != CHARNN_OK) {
        return error->status;
    }
    return has_records(check) ? record_copies_count(check->corpus, check->codes, check->count,
                                                    &check->copies, error)
                              : CHARNN_OK;
}

/* Where the longest run begins in the corpus, numbered from 1 like the rows of eval --per-char: the
 * end symbol before the first record has no number. */
static size_t longest_position(const struct copy_check *check) {
    return check->report.corpus_begin + !has_records(check);
}

static double copied_share(const struct memorization_report *report) {
    return report->characters > 0 ? (double)report->copied / (double)report->characters : 0;
}

/* The beginning of the longest run, each symbol as `show` prints it. */
static void show_longest(const struct copy_check *check, char text[SHOWN * CHARNN_SYMBOL_TEXT + 4],
                         const char *(*show)(uint32_t code, char text[CHARNN_SYMBOL_TEXT])) {
    const struct memorization_report *report = &check->report;
    char symbol[CHARNN_SYMBOL_TEXT];
    *text = '\0';
    for (size_t i = 0; i < report->longest && i < SHOWN; i++) {
        text = stpcpy(text, show(check->codes[report->text_begin + i], symbol));
    }
    if (report->longest > SHOWN) {
        (void)stpcpy(text, "...");
    }
}

static enum status print_records(const struct copy_check *check, FILE *out, struct error *error) {
    char copied[CHARNN_FORMAT_SIZE];
    char texts[CHARNN_FORMAT_SIZE];
    return stream_printf(out, error, "records     %s of %s in the corpus as a whole\n",
                         format_count(check->copies.copied, copied),
                         format_count(check->copies.texts, texts));
}

enum status copy_check_print(const struct copy_check *check, FILE *out, struct error *error) {
    const struct memorization_report *report = &check->report;
    char copied[CHARNN_FORMAT_SIZE];
    char characters[CHARNN_FORMAT_SIZE];
    char longest[CHARNN_FORMAT_SIZE];
    char position[CHARNN_FORMAT_SIZE];
    char run[SHOWN * CHARNN_SYMBOL_TEXT + 4];
    if (is_off(check)) {
        return CHARNN_OK;
    }
    if (stream_printf(out, error,
                      "copied      %s of %s character%s, in runs longer than %zu\n"
                      "longest     %s character%s",
                      format_percent(copied_share(report), copied),
                      format_count(report->characters, characters),
                      plural_ending(report->characters), check->run,
                      format_count(report->longest, longest),
                      plural_ending(report->longest)) != CHARNN_OK) {
        return error->status;
    }
    enum status status;
    if (report->longest == 0) {
        status = stream_write(out, "\n", 1, error);
    } else {
        show_longest(check, run, symbol_escaped);
        status = stream_printf(out, error, ", from character %s of the corpus: %s\n",
                               format_count(longest_position(check), position), run);
    }
    return status == CHARNN_OK && has_records(check) ? print_records(check, out, error) : status;
}

static enum status add_records(const struct copy_check *check, cJSON *json, struct error *error) {
    enum status status = json_add_size(json, "records", check->copies.texts, error);
    return status == CHARNN_OK ? json_add_size(json, "records_copied", check->copies.copied, error)
                               : status;
}

enum status copy_check_describe(const struct copy_check *check, cJSON *json, struct error *error) {
    const struct memorization_report *report = &check->report;
    char run[SHOWN * CHARNN_SYMBOL_TEXT + 4];
    if (is_off(check)) {
        return CHARNN_OK;
    }
    show_longest(check, run, symbol_in_utf8);
    if (json_add_size(json, "copied", report->copied, error) != CHARNN_OK ||
        json_add_double(json, "copied_share", copied_share(report), error) != CHARNN_OK ||
        json_add_size(json, "copy_run", check->run, error) != CHARNN_OK ||
        json_add_size(json, "longest_copy", report->longest, error) != CHARNN_OK ||
        json_add_size(json, "longest_copy_at", report->longest > 0 ? longest_position(check) : 0,
                      error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = json_add_string(json, "longest_copy_text", run, error);
    return status == CHARNN_OK && has_records(check) ? add_records(check, json, error) : status;
}

void copy_check_deinit(struct copy_check *check) {
    memory_free(check->codes);
    corpus_close(check->corpus);
}
