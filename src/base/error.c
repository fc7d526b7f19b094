#include "base/error.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

static void format_message(struct error *error, const char *format, va_list arguments)
    CHARNN_PRINTF(2, 0);

static void format_message(struct error *error, const char *format, va_list arguments) {
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    if (length < 0) {
        error->message[0] = '\0';
    } else if ((size_t)length >= sizeof error->message) {
        error->message[utf8_trim(error->message, sizeof error->message - 1)] = '\0';
    }
}

enum status error_set(struct error *error, enum status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error->status = status;
    format_message(error, format, arguments);
    va_end(arguments);
    return status;
}

enum status error_set_errno(struct error *error, enum status status, int number, const char *format,
                            ...) {
    va_list arguments;
    va_start(arguments, format);
    error->status = status;
    format_message(error, format, arguments);
    va_end(arguments);
    size_t used = strlen(error->message);
    (void)snprintf(error->message + used, sizeof error->message - used, ": %s", strerror(number));
    return status;
}

enum status error_vset_about(struct error *error, enum status status, const char *about,
                             const char *format, va_list arguments) {
    struct error inner = {0};
    format_message(&inner, format, arguments);
    return error_set(error, status, "%s: %s", about, inner.message);
}

int status_exit_code(enum status status) {
    enum { SIGPIPE_EXIT = 128 + 13 }; /* as if SIGPIPE had ended the process */
    return status == CHARNN_OK            ? 0
           : status == CHARNN_ERROR_USAGE ? 2
           : status == CHARNN_ERROR_PIPE  ? SIGPIPE_EXIT
                                          : 1;
}
