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
    char reason[128];
    const char *text = strerror_r(number, reason, sizeof reason);
    size_t used = strlen(error->message);
    (void)snprintf(error->message + used, sizeof error->message - used, ": %s", text);
    return status;
}

enum status error_vset_about(struct error *error, enum status status, const char *about,
                             const char *format, va_list arguments) {
    struct error sentence;
    format_message(&sentence, format, arguments);
    return error_set(error, status, "%s: %s", about, sentence.message);
}

int status_exit_code(enum status status) {
#define CHARNN_STATUS_CODE(name, code, text) code,
    static const int codes[] = {CHARNN_STATUS_LIST(CHARNN_STATUS_CODE)};
#undef CHARNN_STATUS_CODE
    return codes[status];
}

const char *status_text(enum status status) {
#define CHARNN_STATUS_TEXT(name, code, text) text,
    static const char *const texts[] = {CHARNN_STATUS_LIST(CHARNN_STATUS_TEXT)};
#undef CHARNN_STATUS_TEXT
    return texts[status];
}
