/*
 * Errors as values: a status that the compiler insists on, and a sentence for the person.
 *
 * A function that can fail takes a `struct error *` owned by its caller as its last argument,
 * writes one sentence into it (what, where, what to do) and returns the same status. Nothing
 * below main() prints or exits.
 */
#ifndef CHARNN_BASE_ERROR_H
#define CHARNN_BASE_ERROR_H

#include <stdarg.h>

/* X(name, process exit status, short text); 141 is what a program gives that SIGPIPE ends */
#define CHARNN_STATUS_LIST(X)                                                                      \
    X(CHARNN_OK, 0, "success")                                                                     \
    X(CHARNN_ERROR_MEMORY, 1, "out of memory")                                                     \
    X(CHARNN_ERROR_IO, 1, "input or output failed")                                                \
    X(CHARNN_ERROR_FORMAT, 1, "malformed file")                                                    \
    X(CHARNN_ERROR_DATA, 1, "unusable data")                                                       \
    X(CHARNN_ERROR_USAGE, 2, "misuse")                                                             \
    X(CHARNN_ERROR_PIPE, 141, "nobody reads the output any more")

#define CHARNN_STATUS_ENUM(name, code, text) name,
enum status { CHARNN_STATUS_LIST(CHARNN_STATUS_ENUM) };
#undef CHARNN_STATUS_ENUM

#define CHARNN_MUST_CHECK __attribute__((warn_unused_result))
#define CHARNN_PRINTF(text, first) __attribute__((format(printf, text, first)))

enum { CHARNN_ERROR_LENGTH = 1024 };

/* Zero-initialised means "no error". */
struct error {
    enum status status;
    char message[CHARNN_ERROR_LENGTH];
};

/*
 * Records `status` and the formatted sentence (cut at CHARNN_ERROR_LENGTH - 1 bytes, at a whole
 * UTF-8 character) and returns `status`, so that `return error_set(...)` reads as one step.
 * Later errors replace earlier ones.
 */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    CHARNN_PRINTF(3, 4);

/* error_set(), with ": " and the text of `number` (an errno value) appended. */
enum status error_set_errno(struct error *error, enum status status, int number, const char *format,
                            ...) CHARNN_PRINTF(4, 5);

/* error_set(), with `about` and ": " before the sentence, for functions that take its arguments. */
enum status error_vset_about(struct error *error, enum status status, const char *about,
                             const char *format, va_list arguments) CHARNN_PRINTF(4, 0);

/* The process exit status that a status stands for. */
int status_exit_code(enum status status);

/* A short text for a status, never NULL. */
const char *status_text(enum status status);

#endif
