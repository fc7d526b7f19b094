#include "cli/terminal/stream.h"

#include "base/json.h"
#include "base/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static enum status refuse_output(int number, struct error *error) {
    if (number == EPIPE) {
        return error_set(error, CHARNN_ERROR_PIPE, "%s", "");
    }
    if (number == 0) { /* an earlier write failed, and its errno is lost */
        return error_set(error, CHARNN_ERROR_IO, "cannot write the output");
    }
    return error_set_errno(error, CHARNN_ERROR_IO, number, "cannot write the output");
}

bool stream_is_file(FILE *stream) {
    struct stat info;
    return fstat(fileno(stream), &info) == 0 && S_ISREG(info.st_mode);
}

enum status stream_write(FILE *stream, const void *data, size_t size, struct error *error) {
    errno = 0;
    if (fwrite(data, 1, size, stream) != size) {
        return refuse_output(errno, error);
    }
    return CHARNN_OK;
}

enum status stream_printf(FILE *stream, struct error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    errno = 0;
    bool written = vfprintf(stream, format, arguments) >= 0;
    int number = errno;
    va_end(arguments);
    return written ? CHARNN_OK : refuse_output(number, error);
}

enum status stream_write_json(FILE *stream, const cJSON *json, struct error *error) {
    char *text;
    if (json_print(json, false, &text, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = stream_write(stream, text, strlen(text), error);
    memory_free(text);
    return status == CHARNN_OK ? stream_write(stream, "\n", 1, error) : status;
}

enum status stream_flush(FILE *stream, struct error *error) {
    errno = 0;
    if (fflush(stream) != 0 || ferror(stream)) {
        return refuse_output(errno, error);
    }
    return CHARNN_OK;
}

enum status stream_close(FILE *stream, struct error *error) {
    enum status status = stream_flush(stream, error);
    errno = 0;
    /* EBADF after a successful flush: the stream was closed from the start, and nothing written. */
    if (fclose(stream) != 0 && status == CHARNN_OK && errno != EBADF) {
        return refuse_output(errno, error);
    }
    return status;
}
