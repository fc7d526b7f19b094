#include "cli/sample/text_writer.h"

#include "base/clock.h"
#include "cli/terminal/stream.h"

#include <unistd.h>

/* What may wait in the buffer, and for how long. */
enum { TERMINAL_BYTES = 64 };
#define TERMINAL_SECONDS 0.05
#define PIPE_SECONDS 0.5

struct text_writer text_writer_start(FILE *out) {
    return (struct text_writer){
        .out = out,
        .terminal = isatty(fileno(out)) == 1,
        .flushed_at = clock_seconds() - PIPE_SECONDS, /* the first character does not wait */
    };
}

enum status text_writer_add(struct text_writer *writer, const void *bytes, size_t size,
                            struct error *error) {
    struct text_writer *w = writer;
    if (size == 0) {
        return CHARNN_OK;
    }
    if (stream_write(w->out, bytes, size, error) != CHARNN_OK) {
        return error->status;
    }
    w->line_begun = ((const char *)bytes)[size - 1] != '\n';
    w->unflushed += size;
    double now = clock_seconds();
    double patience = w->terminal ? TERMINAL_SECONDS : PIPE_SECONDS;
    bool full = w->terminal && (!w->line_begun || w->unflushed >= TERMINAL_BYTES);
    if (!full && now - w->flushed_at < patience) {
        return CHARNN_OK;
    }
    w->unflushed = 0;
    w->flushed_at = now;
    return stream_flush(w->out, error);
}

enum status text_writer_finish(struct text_writer *writer, struct error *error) {
    if (writer->terminal && writer->line_begun &&
        stream_write(writer->out, "\n", 1, error) != CHARNN_OK) {
        return error->status;
    }
    writer->line_begun = false;
    return stream_flush(writer->out, error);
}
