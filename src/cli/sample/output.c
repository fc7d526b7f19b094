#include "cli/sample/sampling.h"

#include <string.h>

static enum status write_string(struct sampling *s, const char *text, struct error *error) {
    return text_writer_add(&s->writer, text, strlen(text), error);
}

enum status sampling_separate(struct sampling *sampling, struct error *error) {
    struct sampling *s = sampling;
    if (s->record_separator != NULL) {
        return write_string(s, s->record_separator, error);
    }
    if (write_string(s, "\n", error) != CHARNN_OK ||
        write_string(s, s->settings->separator, error) != CHARNN_OK) {
        return error->status;
    }
    return write_string(s, "\n", error);
}

enum status sampling_begin_text(struct sampling *sampling, size_t number, struct error *error) {
    struct sampling *s = sampling;
    if (copy_check_add(&s->copy_check, CHARNN_SYMBOL_END, error) != CHARNN_OK ||
        (number > 0 && sampling_separate(s, error) != CHARNN_OK)) {
        return error->status;
    }
    return text_writer_add(&s->writer, s->prime.bytes, s->prime.size, error);
}

enum status sampling_write(struct sampling *sampling, const unsigned char *bytes, size_t size,
                           struct error *error) {
    enum status status = text_writer_add(&sampling->writer, bytes, size, error);
    return status == CHARNN_OK ? copy_check_add_bytes(&sampling->copy_check, bytes, size, error)
                               : status;
}
