/*
 * JSON texts on top of cJSON: strict reading with sentences for the person, exact numbers in
 * writing.
 *
 * `where` begins the sentence of an error and names the text and its file: "settings.json", "the
 * charnn.config of cv/last.safetensors". Errors in a text are CHARNN_ERROR_FORMAT.
 */
#ifndef CHARNN_BASE_JSON_H
#define CHARNN_BASE_JSON_H

#include "base/error.h"

#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest whole number that a double, and so every JSON reader, holds exactly: 2^53 - 1. */
#define CHARNN_JSON_LARGEST_WHOLE ((UINT64_C(1) << 53) - 1)

/*
 * Limits of one text, so that the memory for it is in proportion to its length: at most
 * CHARNN_JSON_VALUES + length / CHARNN_JSON_BYTES values, each of which takes about 110 bytes.
 */
enum { CHARNN_JSON_VALUES = 4096, CHARNN_JSON_BYTES = 4, CHARNN_JSON_DEPTH = 128 };

/* Makes cJSON allocate through base/memory.h. Call once, before any other use of JSON. */
void json_install_allocator(void);

/* A name from a file, made safe and short enough to be shown in a message. */
struct json_label {
    char text[80];
};

/* Control characters and broken UTF-8 become "?"; long text is cut and ends in "...". */
struct json_label json_label(const char *text);

/*
 * Parses `length` bytes that hold one JSON value (RFC 8259) and nothing else but white space.
 * Stricter than cJSON: the bytes must be UTF-8, no string may hold a NUL (which would silently end
 * it), control characters and numbers must be as the RFC says. Nesting is limited to
 * CHARNN_JSON_DEPTH, and the number of values.
 * Ownership of *json: the caller's, released with cJSON_Delete().
 */
CHARNN_MUST_CHECK enum status json_parse(const char *text, size_t length, const char *where,
                                         cJSON **json, struct error *error);

/* json_parse() of an object that has no key twice; objects inside it are not checked for that. */
CHARNN_MUST_CHECK enum status json_parse_object(const char *text, size_t length, const char *where,
                                                cJSON **json, struct error *error);

/* An error where an object has the same key twice. */
CHARNN_MUST_CHECK enum status json_check_unique(const cJSON *object, const char *where,
                                                struct error *error);

/*
 * The text of a value, on one line or indented. Ownership: the caller's, released with
 * memory_free().
 */
CHARNN_MUST_CHECK enum status json_print(const cJSON *json, bool indented, char **text,
                                         struct error *error);

/*
 * The value of `key` in `object`, of the type asked for; a missing key or another type is an error
 * that names both. Strings and items belong to `object`. Sizes are whole numbers from 0 to
 * CHARNN_JSON_LARGEST_WHOLE, doubles are finite.
 */
CHARNN_MUST_CHECK enum status json_get_string(const cJSON *object, const char *where,
                                              const char *key, const char **value,
                                              struct error *error);
CHARNN_MUST_CHECK enum status json_get_size(const cJSON *object, const char *where, const char *key,
                                            size_t *value, struct error *error);
CHARNN_MUST_CHECK enum status json_get_double(const cJSON *object, const char *where,
                                              const char *key, double *value, struct error *error);
CHARNN_MUST_CHECK enum status json_get_bool(const cJSON *object, const char *where, const char *key,
                                            bool *value, struct error *error);
CHARNN_MUST_CHECK enum status json_get_object(const cJSON *object, const char *where,
                                              const char *key, const cJSON **value,
                                              struct error *error);
CHARNN_MUST_CHECK enum status json_get_array(const cJSON *object, const char *where,
                                             const char *key, const cJSON **value,
                                             struct error *error);

/* A value as a whole number from 0 to CHARNN_JSON_LARGEST_WHOLE; false where it is none, which
 * NULL is too. */
CHARNN_MUST_CHECK bool json_to_size(const cJSON *item, size_t *value);

/*
 * Adds a value to an object under `key`, or to the end of an array, where the key is NULL. Numbers
 * are written with as many digits as it takes to read the same double again (cJSON's own printing
 * may lose the last bit); a number that is not finite becomes null, for JSON has no such numbers.
 * They are kept as text until they are printed, so the getters above do not see them before the
 * text is parsed again. Strings must be UTF-8 and sizes at most CHARNN_JSON_LARGEST_WHOLE. The only
 * error is memory.
 */
CHARNN_MUST_CHECK enum status json_add_string(cJSON *parent, const char *key, const char *value,
                                              struct error *error);
CHARNN_MUST_CHECK enum status json_add_size(cJSON *parent, const char *key, size_t value,
                                            struct error *error);
CHARNN_MUST_CHECK enum status json_add_double(cJSON *parent, const char *key, double value,
                                              struct error *error);
CHARNN_MUST_CHECK enum status json_add_bool(cJSON *parent, const char *key, bool value,
                                            struct error *error);

/* Adds an empty object or array and gives it, to be filled; it belongs to `parent`. */
CHARNN_MUST_CHECK enum status json_add_object(cJSON *parent, const char *key, cJSON **added,
                                              struct error *error);
CHARNN_MUST_CHECK enum status json_add_array(cJSON *parent, const char *key, cJSON **added,
                                             struct error *error);

/* An empty object. Ownership: the caller's, released with cJSON_Delete(). */
CHARNN_MUST_CHECK enum status json_create_object(cJSON **object, struct error *error);

#endif
