#include "cli/train/log/writer.h"

#include "base/plural.h"
#include "cli/train/log/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool is_stream(const struct log_writer *w) {
    return strcmp(w->path, "-") == 0;
}

/* The name of the log in messages, after "the log". */
static const char *name_of(const struct log_writer *w) {
    return is_stream(w) ? "on standard output" : w->path;
}

void log_writer_miss(struct log_writer *w, const struct error *reason) {
    w->failure = *reason;
    if (w->missing == 0) {
        progress_say(w->progress, "warning",
                     "cannot write the log %s: %s; training continues and retries with the next "
                     "line",
                     name_of(w), reason->message);
    }
    w->missing++;
}

/* Opens a new file if the log was moved or removed. The lost file stays open until then, in case
 * its name comes back, as after a lost mount. */
static bool reopen(struct log_writer *w) {
    if (is_stream(w) || !log_file_is_lost(w->fd, w->path)) {
        return true;
    }
    int fd = log_file_create(w->path);
    if (fd < 0) {
        return false;
    }
    (void)close(w->fd);
    w->fd = fd;
    progress_say(w->progress, "warning",
                 "the log %s was moved or removed; continuing in a new file", w->path);
    return true;
}

void log_writer_write(struct log_writer *w, const char *line, size_t size) {
    if (!reopen(w) || !log_file_append(w->fd, line, size)) {
        struct error reason;
        (void)error_set(&reason, CHARNN_ERROR_IO, "%s",
                        errno == EEXIST ? "another file has its name" : strerror(errno));
        log_writer_miss(w, &reason);
        return;
    }
    if (w->missing > 0) {
        progress_say(w->progress, "warning", "the log %s continues; %zu line%s lost", name_of(w),
                     w->missing, w->missing == 1 ? " is" : "s are");
        w->missing = 0;
    }
}

enum status log_writer_check(const struct log_writer *w, struct error *error) {
    if (w->missing == 0) {
        return CHARNN_OK;
    }
    return error_set(error, w->failure.status,
                     "the log %s lacks its last %zu line%s: %s; the checkpoints are complete",
                     name_of(w), w->missing, plural_ending(w->missing), w->failure.message);
}

void log_writer_close(struct log_writer *w) {
    if (w->fd >= 0 && !is_stream(w) && close(w->fd) != 0 && errno != EINTR) {
        progress_say(w->progress, "warning", "the log %s may be incomplete: %s", w->path,
                     strerror(errno));
    }
    w->fd = -1;
}
