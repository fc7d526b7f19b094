/*
 * Errors as values: a status that the compiler makes callers check, and a message for the user.
 *
 * A function that can fail takes its caller's `struct error *` as its last argument, writes one
 * sentence into it (what, where, what to do) and returns the same status. Nothing below main()
 * prints or exits.
 *
 * Conventions of all headers. x_create() and x_open() give their result to the caller, who releases
 * it with x_destroy() or x_close(); these do nothing for NULL. On failure the result is NULL. A
 * contract names the errors other than CHARNN_ERROR_MEMORY: every function that allocates may
 * return that one.
 */
#ifndef CHARNN_BASE_ERROR_H
#define CHARNN_BASE_ERROR_H

#include <stdarg.h>

enum status {
    CHARNN_OK,
    CHARNN_ERROR_MEMORY, /* out of memory */
    CHARNN_ERROR_IO,     /* input or output failed */
    CHARNN_ERROR_FORMAT, /* malformed file */
    CHARNN_ERROR_DATA,   /* unusable data */
    CHARNN_ERROR_USAGE,  /* wrong command line */
    CHARNN_ERROR_PIPE,   /* the reader of the output is gone */
};

#define CHARNN_MUST_CHECK __attribute__((warn_unused_result))
#define CHARNN_PRINTF(text, first) __attribute__((format(printf, text, first)))

enum { CHARNN_ERROR_LENGTH = 1024 };

/* Zero-initialised: no error. */
struct error {
    enum status status;
    char message[CHARNN_ERROR_LENGTH];
};

/* Stores `status` and the formatted message, cut to CHARNN_ERROR_LENGTH - 1 bytes at a whole UTF-8
 * character. Replaces an earlier error. Returns `status`, for `return error_set(...)`. */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    CHARNN_PRINTF(3, 4);

/* error_set(), with ": " and the system's text for `number` (an errno value) appended. */
enum status error_set_errno(struct error *error, enum status status, int number, const char *format,
                            ...) CHARNN_PRINTF(4, 5);

/* error_set() for variadic functions, with `about` and ": " before the message. */
enum status error_vset_about(struct error *error, enum status status, const char *about,
                             const char *format, va_list arguments) CHARNN_PRINTF(4, 0);

/* The exit status of a process that ends with `status`. */
int status_exit_code(enum status status);

#endif
