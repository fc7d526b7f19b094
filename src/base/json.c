#include "base/json.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether an allocation has failed since this was reset. cJSON's parser does not distinguish that
 * from a malformed text, and its hooks have no context argument. */
static _Thread_local bool out_of_memory;

static void *allocate(size_t size) {
    struct error error;
    void *memory;
    out_of_memory =
        memory_allocate_small(size, "JSON", &memory, &error) != CHARNN_OK || out_of_memory;
    return memory;
}

void json_install_allocator(void) {
    cJSON_Hooks hooks = {.malloc_fn = allocate, .free_fn = memory_free_small};
    cJSON_InitHooks(&hooks);
}

struct json_label json_label(const char *text) {
    static const char cut[] = "...";
    struct json_label label;
    const unsigned char *bytes = (const unsigned char *)text;
    size_t left = strlen(text);
    size_t used = 0;
    while (left > 0) {
        uint32_t code = 0;
        size_t length = utf8_decode(bytes, left, &code);
        if (used + length + sizeof cut > sizeof label.text) {
            memcpy(label.text + used, cut, sizeof cut);
            return label;
        }
        /* U+0080 to U+009F are control characters too, and some terminals obey them. */
        if (length == 0 || code < 0x20 || (code >= 0x7F && code <= 0x9F)) {
            label.text[used++] = '?';
            length = length == 0 ? 1 : length;
        } else {
            memcpy(label.text + used, bytes, length);
            used += length;
        }
        bytes += length;
        left -= length;
    }
    label.text[used] = '\0';
    return label;
}

static const char *skip_digits(const char *text) {
    return text + strspn(text, "0123456789");
}

/* Length of the number at the start of `text` (RFC 8259, section 6); 0 if malformed. */
static size_t number_length(const char *text) {
    const char *start = *text == '-' ? text + 1 : text;
    const char *end = skip_digits(start);
    bool valid = end > start && (*start != '0' || end == start + 1);
    if (valid && *end == '.') {
        start = end + 1;
        end = skip_digits(start);
        valid = end > start;
    }
    if (valid && (*end == 'e' || *end == 'E')) {
        start = end[1] == '+' || end[1] == '-' ? end + 2 : end + 1;
        end = skip_digits(start);
        valid = end > start;
    }
    return valid ? (size_t)(end - text) : 0;
}

struct scan {
    bool in_string;
    size_t values; /* upper bound: each comma and opening bracket begins one */
    size_t depth;
};

/* Checks the escape behind a backslash. Returns a problem, or NULL. */
static const char *check_escape(const char *text) {
    if (text[0] == 'u' && strspn(text + 1, "0123456789abcdefABCDEF") < 4) {
        return "an escape that is not \\u and four hexadecimal digits";
    }
    return strncmp(text, "u0000", 5) == 0 ? "a NUL in a string" : NULL;
}

/* Counts a character outside strings. Returns a problem, or NULL. */
static const char *count_value(struct scan *scan, char byte, size_t length) {
    bool opens = byte == '[' || byte == '{';
    scan->values += opens || byte == ',';
    scan->depth += opens;
    scan->depth -= (byte == ']' || byte == '}') && scan->depth > 0;
    if (scan->depth > CHARNN_JSON_DEPTH) {
        return "values nested too deeply";
    }
    return scan->values > CHARNN_JSON_VALUES + length / CHARNN_JSON_BYTES ? "too many values"
                                                                          : NULL;
}

/* Finds what cJSON would accept in a NUL-terminated text against the RFC (it skips a byte order
 * mark and takes digits that are not hexadecimal for 0), misread, or spend much memory on. Returns
 * the problem, or NULL, and its *position. cJSON checks brackets, words and other escapes. */
static const char *find_problem(const char *text, size_t length, size_t *position) {
    struct scan scan = {.values = 1};
    for (size_t step, i = 0; i < length; i += step) {
        unsigned char byte = (unsigned char)text[i];
        *position = i;
        uint32_t code;
        step = utf8_decode((const unsigned char *)text + i, length - i, &code);
        if (step == 0) {
            return "bytes that are not UTF-8";
        }
        if (byte < 0x20 && (scan.in_string || strchr("\t\n\r", byte) == NULL || byte == 0)) {
            return "a control character";
        }
        const char *problem = NULL;
        if (byte == '"') {
            scan.in_string = !scan.in_string;
        } else if (scan.in_string && byte == '\\') {
            problem = check_escape(text + i + 1);
            step = text[i + 1] == '"' || text[i + 1] == '\\' ? 2 : 1;
        } else if (!scan.in_string && (byte == '-' || (byte >= '0' && byte <= '9'))) {
            step = number_length(text + i);
            problem = step == 0 ? "a malformed number" : NULL;
        } else if (!scan.in_string) {
            problem = byte < 0x80 ? count_value(&scan, text[i], length) : "something unexpected";
        }
        if (problem != NULL) {
            return problem;
        }
    }
    return NULL;
}

enum status json_parse(const char *text, size_t length, const char *where, cJSON **json,
                       struct error *error) {
    *json = NULL;
    if (length == 0) {
        return error_set(error, CHARNN_ERROR_FORMAT, "%s is empty, which is not JSON", where);
    }
    char *copy; /* NUL-terminated */
    size_t size;
    if (!size_add(length, 1, &size)) {
        return error_set(error, CHARNN_ERROR_MEMORY, "%s is too large", where);
    }
    if (MEMORY_NEW(&copy, size, where, error) != CHARNN_OK) {
        return error->status;
    }
    memcpy(copy, text, length);
    size_t position = 0;
    const char *problem = find_problem(copy, length, &position);
    const char *near = "at";
    out_of_memory = false;
    if (problem == NULL) {
        const char *end = NULL;
        *json = cJSON_ParseWithLengthOpts(copy, size, &end, true);
        if (*json == NULL) {
            problem = "something unexpected";
            near = "near";
            position = end == NULL ? 0 : (size_t)(end - copy);
        }
    }
    memory_free(copy);
    if (out_of_memory) {
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for reading %s", where);
    }
    if (problem != NULL) {
        return error_set(error, CHARNN_ERROR_FORMAT, "%s cannot be read as JSON: %s %s byte %zu",
                         where, problem, near, position);
    }
    return CHARNN_OK;
}

enum status json_parse_object(const char *text, size_t length, const char *where, cJSON **json,
                              struct error *error) {
    if (json_parse(text, length, where, json, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = cJSON_IsObject(*json) ? json_check_unique(*json, where, error)
                                               : error_set(error, CHARNN_ERROR_FORMAT,
                                                           "%s is not a JSON object", where);
    if (status != CHARNN_OK) {
        cJSON_Delete(*json);
        *json = NULL;
    }
    return status;
}

static int compare_keys(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum status json_check_unique(const cJSON *object, const char *where, struct error *error) {
    size_t count = (size_t)cJSON_GetArraySize(object);
    const char **keys;
    if (MEMORY_NEW(&keys, count, where, error) != CHARNN_OK) {
        return error->status;
    }
    size_t used = 0;
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        keys[used++] = item->string;
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    enum status status = CHARNN_OK;
    for (size_t i = 1; i < count && status == CHARNN_OK; i++) {
        if (strcmp(keys[i - 1], keys[i]) == 0) {
            status = error_set(error, CHARNN_ERROR_FORMAT, "%s has the key \"%s\" twice", where,
                               json_label(keys[i]).text);
        }
    }
    memory_free(keys);
    return status;
}

static enum status refuse_memory(struct error *error) {
    return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for a JSON text");
}

enum status json_print(const cJSON *json, bool indented, char **text, struct error *error) {
    char *printed = indented ? cJSON_Print(json) : cJSON_PrintUnformatted(json);
    *text = NULL;
    if (printed == NULL) {
        return refuse_memory(error);
    }
    enum status status = memory_copy_string(printed, text, error);
    cJSON_free(printed);
    return status;
}

/* The value of `key` if `is_type` accepts it, else NULL and an error; messages call its type
 * `type`.
 */
static const cJSON *get_item(const cJSON *object, const char *where, const char *key,
                             cJSON_bool (*is_type)(const cJSON *), const char *type,
                             struct error *error) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (item == NULL) {
        (void)error_set(error, CHARNN_ERROR_FORMAT, "%s lacks \"%s\"", where, key);
    } else if (!is_type(item)) {
        (void)error_set(error, CHARNN_ERROR_FORMAT, "%s: \"%s\" must be %s", where, key, type);
        item = NULL;
    }
    return item;
}

enum status json_get_string(const cJSON *object, const char *where, const char *key,
                            const char **value, struct error *error) {
    const cJSON *item = get_item(object, where, key, cJSON_IsString, "a string", error);
    *value = cJSON_GetStringValue(item);
    return item != NULL ? CHARNN_OK : error->status;
}

bool json_to_size(const cJSON *item, size_t *value) {
    double number = cJSON_IsNumber(item) ? item->valuedouble : -1;
    if (!(number >= 0.0) || number != floor(number) || number > (double)CHARNN_JSON_LARGEST_WHOLE) {
        return false;
    }
    uint64_t whole = (uint64_t)number;
    *value = (size_t)whole;
    return *value == whole;
}

static cJSON_bool is_size(const cJSON *item) {
    size_t value;
    return json_to_size(item, &value);
}

enum status json_get_size(const cJSON *object, const char *where, const char *key, size_t *value,
                          struct error *error) {
    static const char type[] = "a whole number from 0 to 9007199254740991";
    const cJSON *item = get_item(object, where, key, is_size, type, error);
    return json_to_size(item, value) ? CHARNN_OK : error->status;
}

static cJSON_bool is_finite_number(const cJSON *item) {
    return cJSON_IsNumber(item) && isfinite(item->valuedouble);
}

enum status json_get_double(const cJSON *object, const char *where, const char *key, double *value,
                            struct error *error) {
    const cJSON *item = get_item(object, where, key, is_finite_number, "a number", error);
    *value = cJSON_GetNumberValue(item);
    return item != NULL ? CHARNN_OK : error->status;
}

enum status json_get_bool(const cJSON *object, const char *where, const char *key, bool *value,
                          struct error *error) {
    const cJSON *item = get_item(object, where, key, cJSON_IsBool, "true or false", error);
    *value = cJSON_IsTrue(item);
    return item != NULL ? CHARNN_OK : error->status;
}

enum status json_get_object(const cJSON *object, const char *where, const char *key,
                            const cJSON **value, struct error *error) {
    *value = get_item(object, where, key, cJSON_IsObject, "an object", error);
    return *value != NULL ? CHARNN_OK : error->status;
}

enum status json_get_array(const cJSON *object, const char *where, const char *key,
                           const cJSON **value, struct error *error) {
    *value = get_item(object, where, key, cJSON_IsArray, "a list", error);
    return *value != NULL ? CHARNN_OK : error->status;
}

/* Adds `item`, or NULL for lack of memory, to `parent`; takes ownership in any case. */
static enum status add_item(cJSON *parent, const char *key, cJSON *item, struct error *error) {
    if (item != NULL && (cJSON_IsArray(parent) ? cJSON_AddItemToArray(parent, item)
                                               : cJSON_AddItemToObject(parent, key, item))) {
        return CHARNN_OK;
    }
    cJSON_Delete(item);
    return refuse_memory(error);
}

/* Copies a text and replaces each byte outside well-formed sequences of UTF-8 by U+FFFD. */
static enum status repair(const char *text, char **repaired, struct error *error) {
    static const char replacement[] = "\xEF\xBF\xBD";
    const unsigned char *bytes = (const unsigned char *)text;
    size_t left = strlen(text);
    if (MEMORY_NEW(repaired, left * (sizeof replacement - 1) + 1, "a JSON text", error) !=
        CHARNN_OK) {
        return error->status;
    }
    char *end = *repaired;
    while (left > 0) {
        uint32_t code;
        size_t length = utf8_decode(bytes, left, &code);
        if (length > 0) {
            memcpy(end, bytes, length);
            end += length;
        } else {
            end = stpcpy(end, replacement);
            length = 1;
        }
        bytes += length;
        left -= length;
    }
    *end = '\0';
    return CHARNN_OK;
}

enum status json_add_string(cJSON *parent, const char *key, const char *value,
                            struct error *error) {
    char *repaired;
    if (utf8_is_valid(value)) {
        return add_item(parent, key, cJSON_CreateString(value), error);
    }
    if (repair(value, &repaired, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = add_item(parent, key, cJSON_CreateString(repaired), error);
    memory_free(repaired);
    return status;
}

enum status json_add_size(cJSON *parent, const char *key, size_t value, struct error *error) {
    assert(value <= CHARNN_JSON_LARGEST_WHOLE);
    char text[24];
    (void)snprintf(text, sizeof text, "%zu", value);
    return add_item(parent, key, cJSON_CreateRaw(text), error);
}

enum status json_add_double(cJSON *parent, const char *key, double value, struct error *error) {
    char text[CHARNN_NUMBER_SIZE] = "null";
    if (isfinite(value)) {
        number_format(value, text);
    }
    return add_item(parent, key, cJSON_CreateRaw(text), error);
}

enum status json_add_bool(cJSON *parent, const char *key, bool value, struct error *error) {
    return add_item(parent, key, cJSON_CreateBool(value), error);
}

enum status json_add_object(cJSON *parent, const char *key, cJSON **added, struct error *error) {
    *added = cJSON_CreateObject();
    return add_item(parent, key, *added, error);
}

enum status json_add_array(cJSON *parent, const char *key, cJSON **added, struct error *error) {
    *added = cJSON_CreateArray();
    return add_item(parent, key, *added, error);
}

enum status json_create_object(cJSON **object, struct error *error) {
    *object = cJSON_CreateObject();
    return *object != NULL ? CHARNN_OK : refuse_memory(error);
}
