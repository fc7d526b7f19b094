#include "base/clock.h"
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

enum status sampling_begin_text(struct sampling *s, size_t number, struct error *error) {
    if (copy_check_add(&s->copy_check, CHARNN_SYMBOL_END, error) != CHARNN_OK ||
        (number > 0 && sampling_separate(s, error) != CHARNN_OK)) {
        return error->status;
    }
    return write_bytes(s, s->prime.bytes, s->prime.size, error);
}

enum status sampling_write(struct sampling *s, const unsigned char *bytes, size_t size,
                           struct error *error) {
    enum status status = write_bytes(s, bytes, size, error);
    return status == CHARNN_OK ? copy_check_add_bytes(&s->copy_check, bytes, size, error) : status;
}

enum status sampling_flush(struct sampling *s, struct error *error) {
    bool end_line = s->output.terminal && s->output.line_begun;
    enum status status = end_line ? stream_write(s->out, "\n", 1, error) : CHARNN_OK;
    s->output.line_begun = false;
    return status == CHARNN_OK ? stream_flush(s->out, error) : status;
}

enum status sampling_finish(struct sampling *s, struct error *error) {
    bool records = s->record_separator != NULL && !s->settings->interactive;
    if ((records && write_string(s, "\n", error) != CHARNN_OK) ||
        sampling_flush(s, error) != CHARNN_OK ||
        copy_check_run(&s->copy_check, error) != CHARNN_OK ||
        copy_check_print(&s->copy_check, s->err, error) != CHARNN_OK) {
        return error->status;
    }
    return s->refused == 0 ? CHARNN_OK
                           : error_set(error, CHARNN_ERROR_DATA, "%zu input line%s refused",
                                       s->refused, plural_ending(s->refused));
}
