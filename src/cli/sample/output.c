#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/plural.h"
#include "cli/sample/sampling.h"
#include "cli/terminal/stream.h"

#include <string.h>

/* How long text may wait in the buffer: a reader should see it while it is generated. */
#define TERMINAL_SECONDS 0.05
#define PIPE_SECONDS 0.5

static enum status write_bytes(struct sampling *s, const void *bytes, size_t size,
                               struct error *error) {
    if (size == 0) {
        return CHARNN_OK;
    }
    if (stream_write(s->out, bytes, size, error) != CHARNN_OK) {
        return error->status;
    }
    s->output.line_begun = ((const char *)bytes)[size - 1] != '\n';
    double now = clock_seconds();
    if (now - s->output.flushed_at < (s->output.terminal ? TERMINAL_SECONDS : PIPE_SECONDS)) {
        return CHARNN_OK;
    }
    s->output.flushed_at = now;
    return stream_flush(s->out, error);
}

static enum status write_string(struct sampling *s, const char *text, struct error *error) {
    return write_bytes(s, text, strlen(text), error);
}

enum status sampling_separate(struct sampling *s, struct error *error) {
    if (s->record_separator != NULL) {
        return write_string(s, s->record_separator, error);
    }
    if (write_string(s, "\n", error) != CHARNN_OK ||
        write_string(s, s->settings->separator, error) != CHARNN_OK) {
        return error->status;
    }
    return write_string(s, "\n", error);
}

/* --interactive writes a separator after each text instead. */
enum status sampling_begin_text(struct sampling *s, const struct prime *prime,
                                struct error *error) {
    bool separated = s->output.texts++ > 0 && !s->settings->interactive;
    if (copy_check_add(&s->copy_check, CHARNN_SYMBOL_END, error) != CHARNN_OK ||
        (separated && sampling_separate(s, error) != CHARNN_OK)) {
        return error->status;
    }
    if (s->settings->no_prime || write_bytes(s, prime->bytes, prime->size, error) != CHARNN_OK) {
        return s->settings->no_prime ? CHARNN_OK : error->status;
    }
    return write_string(s, prime->mark, error);
}

enum status sampling_write(struct sampling *s, const unsigned char *bytes, size_t size,
                           struct error *error) {
    enum status status = write_bytes(s, bytes, size, error);
    return status == CHARNN_OK ? copy_check_add_bytes(&s->copy_check, bytes, size, error) : status;
}

enum status sampling_write_line(struct sampling *s, const cJSON *json, struct error *error) {
    char *text;
    if (json_print(json, false, &text, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = write_string(s, text, error);
    memory_free(text);
    return status == CHARNN_OK ? write_string(s, "\n", error) : status;
}

enum status sampling_flush(struct sampling *s, struct error *error) {
    bool end_line = s->output.terminal && s->output.line_begun;
    enum status status = end_line ? stream_write(s->out, "\n", 1, error) : CHARNN_OK;
    s->output.line_begun = false;
    return status == CHARNN_OK ? stream_flush(s->out, error) : status;
}

static enum status report_failures(const struct sampling *s, struct error *error) {
    if (s->refused > 0) {
        return error_set(error, CHARNN_ERROR_DATA, "%zu %s%s refused", s->refused,
                         s->settings->interactive ? "input line" : "prime",
                         plural_ending(s->refused));
    }
    if (s->repeated > 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%zu text%s left out, because no other unique one was found: ask for "
                         "fewer texts, or use a higher --temperature",
                         s->repeated, s->repeated == 1 ? " is" : "s are");
    }
    return CHARNN_OK;
}

enum status sampling_finish(struct sampling *s, struct error *error) {
    bool records = s->record_separator != NULL && !s->settings->interactive && s->output.texts > 0;
    if ((records && write_string(s, "\n", error) != CHARNN_OK) ||
        sampling_flush(s, error) != CHARNN_OK ||
        copy_check_run(&s->copy_check, error) != CHARNN_OK ||
        copy_check_print(&s->copy_check, s->err, error) != CHARNN_OK) {
        return error->status;
    }
    return report_failures(s, error);
}
