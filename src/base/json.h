/*
 * JSON on top of cJSON: strict reading with clear messages, exact writing of numbers.
 *
 * `where` names the text in messages, as their subject: "settings.json", "the charnn.config of
 * cv/last.safetensors". Errors in a text are CHARNN_ERROR_FORMAT.
 */
#ifndef CHARNN_BASE_JSON_H
#define CHARNN_BASE_JSON_H

#include "base/error.h"

#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2^53 - 1: a double, and so every JSON reader, represents whole numbers up to here exactly. */
#define CHARNN_JSON_LARGEST_WHOLE ((UINT64_C(1) << 53) - 1)

/* A text may have CHARNN_JSON_VALUES + length / CHARNN_JSON_BYTES values, which take about 110
 * bytes each. So its memory is proportional to its length. */
enum { CHARNN_JSON_VALUES = 4096, CHARNN_JSON_BYTES = 4, CHARNN_JSON_DEPTH = 128 };

/* Makes cJSON allocate through base/memory.h. Call once, before any other use of JSON. */
void json_install_allocator(void);

/* A string from a file, made safe and short for a message. */
struct json_label {
    char text[80];
};

/* Replaces control characters and malformed UTF-8 by "?"; cuts a long text and appends "...". */
struct json_label json_label(const char *text);

/*
 * Parses `length` bytes: one JSON value (RFC 8259) and white space. Stricter than cJSON: the bytes
 * must be UTF-8 without a byte order mark, a string must not contain NUL (which would end it
 * silently), control characters, escapes and numbers must follow the RFC. Limits the number of
 * values, and nesting to CHARNN_JSON_DEPTH. Ownership of *json: the caller's, released with
 * cJSON_Delete().
 */
CHARNN_MUST_CHECK enum status json_parse(const char *text, size_t length, const char *where,
                                         cJSON **json, struct error *error);

/* json_parse() of an object without duplicate keys; does not check nested objects for those. */
CHARNN_MUST_CHECK enum status json_parse_object(const char *text, size_t length, const char *where,
                                                cJSON **json, struct error *error);

/* Refuses an object with duplicate keys. */
CHARNN_MUST_CHECK enum status json_check_unique(const cJSON *object, const char *where,
                                                struct error *error);

/* Prints a value, on one line or indented. Released with memory_free(). */
CHARNN_MUST_CHECK enum status json_print(const cJSON *json, bool indented, char **text,
                                         struct error *error);

/* Get the value of `key` in `object`. A missing key or another type is an error that names the key
 * and the type. Strings and items belong to `object`. Sizes are whole numbers from 0 to
 * CHARNN_JSON_LARGEST_WHOLE; doubles are finite. */
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

/* Converts a whole number from 0 to CHARNN_JSON_LARGEST_WHOLE; false for anything else. */
CHARNN_MUST_CHECK bool json_to_size(const cJSON *item, size_t *value);

/*
 * Add a value to an object under `key`, or to the end of an array with key NULL. A number is stored
 * as text with the digits that read back as the same double (cJSON may lose the last bit), so the
 * getters see it only after printing and parsing; a number that is not finite becomes null. In a
 * string, U+FFFD replaces each byte outside well-formed sequences of UTF-8. Sizes are at most
 * CHARNN_JSON_LARGEST_WHOLE.
 */
CHARNN_MUST_CHECK enum status json_add_string(cJSON *parent, const char *key, const char *value,
                                              struct error *error);
CHARNN_MUST_CHECK enum status json_add_size(cJSON *parent, const char *key, size_t value,
                                            struct error *error);
CHARNN_MUST_CHECK enum status json_add_double(cJSON *parent, const char *key, double value,
                                              struct error *error);
CHARNN_MUST_CHECK enum status json_add_bool(cJSON *parent, const char *key, bool value,
                                            struct error *error);

/* Add an empty object or array, which belongs to `parent`. */
CHARNN_MUST_CHECK enum status json_add_object(cJSON *parent, const char *key, cJSON **added,
                                              struct error *error);
CHARNN_MUST_CHECK enum status json_add_array(cJSON *parent, const char *key, cJSON **added,
                                             struct error *error);

/* An empty object. Released with cJSON_Delete(). */
CHARNN_MUST_CHECK enum status json_create_object(cJSON **object, struct error *error);

#endif
