#include "base/json.h"

#include "base/memory.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether memory was missing since it was set to false: cJSON's parser does not tell this from what
 * is wrong in a text, and its hooks have no argument to carry it. */
static _Thread_local bool memory_missing;

static void *allocate(size_t size) {
    struct error error;
    void *memory;
    memory_missing =
        memory_allocate_small(size, "JSON", &memory, &error) != CHARNN_OK || memory_missing;
    return memory;
}

void json_install_allocator(void) {
    cJSON_Hooks hooks = {.malloc_fn = allocate, .free_fn = memory_free_small};
    cJSON_InitHooks(&hooks);
}

/*
 * The length of the UTF-8 character at the start of `bytes`, 0 where there is none. The limits on
 * the second byte keep out overlong forms, surrogates and what lies beyond U+10FFFF (RFC 3629,
 * section 4).
 */
static size_t character_length(const unsigned char *bytes, size_t available) {
    unsigned char first = bytes[0];
    if (first < 0x80) {
        return 1;
    }
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || available < length) {
        return 0;
    }
    unsigned char least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (bytes[1] < least || bytes[1] > most) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return length;
}

bool json_is_utf8(const char *text) {
    const unsigned char *bytes = (const unsigned char *)text;
    size_t left = strlen(text);
    while (left > 0) {
        size_t length = character_length(bytes, left);
        if (length == 0) {
            return false;
        }
        bytes += length;
        left -= length;
    }
    return true;
}

struct json_label json_label(const char *text) {
    static const char cut[] = "...";
    struct json_label label;
    const unsigned char *bytes = (const unsigned char *)text;
    size_t left = strlen(text);
    size_t used = 0;
    while (left > 0) {
        size_t length = character_length(bytes, left);
        if (used + length + sizeof cut > sizeof label.text) {
            memcpy(label.text + used, cut, sizeof cut);
            return label;
        }
        /* C2 80 to C2 9F are control characters too, and some terminals obey them. */
        bool control = bytes[0] < 0x20 || bytes[0] == 0x7F || (bytes[0] == 0xC2 && bytes[1] < 0xA0);
        if (length == 0 || control) {
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
    while (*text >= '0' && *text <= '9') {
        text++;
    }
    return text;
}

/* The length of the number at the start of `text` (RFC 8259, section 6), 0 where malformed. */
static size_t number_length(const char *text) {
    const char *start = *text == '-' ? text + 1 : text;
    const char *end = skip_digits(start);
    if (end == start || (*start == '0' && end != start + 1)) {
        return 0;
    }
    if (*end == '.') {
        start = end + 1;
        end = skip_digits(start);
        if (end == start) {
            return 0;
        }
    }
    if (*end == 'e' || *end == 'E') {
        start = end[1] == '+' || end[1] == '-' ? end + 2 : end + 1;
        end = skip_digits(start);
        if (end == start) {
            return 0;
        }
    }
    return (size_t)(end - text);
}

/* What has been seen of a text so far. */
struct scan {
    bool in_string;
    size_t values; /* at most one more for each comma and each opening bracket */
    size_t depth;
};

/* A bracket or comma outside strings; the problem with it, or NULL. */
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

/*
 * What in a NUL-terminated text cJSON would let pass though JSON forbids it, or would misread, or
 * would spend much memory on; NULL where there is nothing. *position is its place. Brackets, words
 * and escapes are left to cJSON.
 */
static const char *find_problem(const char *text, size_t length, size_t *position) {
    struct scan scan = {.values = 1};
    for (size_t step, i = 0; i < length; i += step) {
        unsigned char byte = (unsigned char)text[i];
        *position = i;
        step = character_length((const unsigned char *)text + i, length - i);
        if (step == 0) {
            return "bytes that are not UTF-8";
        }
        if (byte < 0x20 && (scan.in_string || strchr("\t\n\r", byte) == NULL || byte == 0)) {
            return "a control character";
        }
        if (byte == '"') {
            scan.in_string = !scan.in_string;
        } else if (scan.in_string && byte == '\\') {
            if (strncmp(text + i + 1, "u0000", 5) == 0) {
                return "a NUL in a string";
            }
            if (text[i + 1] == '"' || text[i + 1] == '\\') {
                step = 2;
            }
        } else if (!scan.in_string && (byte == '-' || (byte >= '0' && byte <= '9'))) {
            step = number_length(text + i);
            if (step == 0) {
                return "a malformed number";
            }
        } else if (!scan.in_string) {
            const char *problem = count_value(&scan, text[i], length);
            if (problem != NULL) {
                return problem;
            }
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
    size_t size;
    if (!size_add(length, 1, &size)) {
        return error_set(error, CHARNN_ERROR_MEMORY, "%s is too large", where);
    }
    /* A copy with a NUL at its end, beyond which cJSON does not read. */
    void *copy;
    if (memory_allocate(size, 1, where, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    memcpy(copy, text, length);
    size_t position = 0;
    const char *problem = find_problem(copy, length, &position);
    const char *near = "at";
    memory_missing = false;
    if (problem == NULL) {
        const char *end = NULL;
        *json = cJSON_ParseWithLengthOpts(copy, size, &end, true);
        if (*json == NULL) {
            problem = "something unexpected";
            near = "near";
            position = end == NULL ? 0 : (size_t)(end - (const char *)copy);
        }
    }
    memory_free(copy);
    if (memory_missing) {
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
    enum status status;
    if (cJSON_IsObject(*json)) {
        status = json_check_unique(*json, where, error);
    } else {
        status = error_set(error, CHARNN_ERROR_FORMAT, "%s is not a JSON object", where);
    }
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
    size_t count = 0;
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        count++;
    }
    void *memory;
    if (memory_allocate(count, sizeof(char *), where, &memory, error) != CHARNN_OK) {
        return error->status;
    }
    const char **keys = memory;
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

static enum status out_of_memory(struct error *error) {
    return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for a JSON text");
}

enum status json_print(const cJSON *json, bool indented, char **text, struct error *error) {
    char *printed = indented ? cJSON_Print(json) : cJSON_PrintUnformatted(json);
    *text = NULL;
    if (printed == NULL) {
        return out_of_memory(error);
    }
    enum status status = memory_copy_string(printed, text, error);
    cJSON_free(printed);
    return status;
}

static enum status find_item(const cJSON *object, const char *where, const char *key,
                             const cJSON **item, struct error *error) {
    *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return *item != NULL ? CHARNN_OK
                         : error_set(error, CHARNN_ERROR_FORMAT, "%s lacks \"%s\"", where, key);
}

static enum status wrong_type(const char *where, const char *key, const char *type,
                              struct error *error) {
    return error_set(error, CHARNN_ERROR_FORMAT, "%s: \"%s\" must be %s", where, key, type);
}

/* The value of `key` if `is_type` holds of it, or an error saying that it must be a `type`. */
static enum status get_item(const cJSON *object, const char *where, const char *key,
                            cJSON_bool (*is_type)(const cJSON *), const char *type,
                            const cJSON **item, struct error *error) {
    if (find_item(object, where, key, item, error) != CHARNN_OK) {
        return error->status;
    }
    return is_type(*item) ? CHARNN_OK : wrong_type(where, key, type, error);
}

enum status json_get_string(const cJSON *object, const char *where, const char *key,
                            const char **value, struct error *error) {
    const cJSON *item;
    if (get_item(object, where, key, cJSON_IsString, "a string", &item, error) != CHARNN_OK) {
        return error->status;
    }
    *value = item->valuestring;
    return CHARNN_OK;
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

enum status json_get_size(const cJSON *object, const char *where, const char *key, size_t *value,
                          struct error *error) {
    const cJSON *item;
    if (find_item(object, where, key, &item, error) != CHARNN_OK) {
        return error->status;
    }
    return json_to_size(item, value)
               ? CHARNN_OK
               : wrong_type(where, key, "a whole number from 0 to 9007199254740991", error);
}

static cJSON_bool is_finite_number(const cJSON *item) {
    return cJSON_IsNumber(item) && isfinite(item->valuedouble);
}

enum status json_get_double(const cJSON *object, const char *where, const char *key, double *value,
                            struct error *error) {
    const cJSON *item;
    if (get_item(object, where, key, is_finite_number, "a number", &item, error) != CHARNN_OK) {
        return error->status;
    }
    *value = item->valuedouble;
    return CHARNN_OK;
}

enum status json_get_bool(const cJSON *object, const char *where, const char *key, bool *value,
                          struct error *error) {
    const cJSON *item;
    if (get_item(object, where, key, cJSON_IsBool, "true or false", &item, error) != CHARNN_OK) {
        return error->status;
    }
    *value = cJSON_IsTrue(item);
    return CHARNN_OK;
}

enum status json_get_object(const cJSON *object, const char *where, const char *key,
                            const cJSON **value, struct error *error) {
    return get_item(object, where, key, cJSON_IsObject, "an object", value, error);
}

enum status json_get_array(const cJSON *object, const char *where, const char *key,
                           const cJSON **value, struct error *error) {
    return get_item(object, where, key, cJSON_IsArray, "a list", value, error);
}

/* Puts `item`, NULL where there was no memory for it, into `parent`; owns it in any case. */
static enum status add_item(cJSON *parent, const char *key, cJSON *item, struct error *error) {
    if (item != NULL && (cJSON_IsArray(parent) ? cJSON_AddItemToArray(parent, item)
                                               : cJSON_AddItemToObject(parent, key, item))) {
        return CHARNN_OK;
    }
    cJSON_Delete(item);
    return out_of_memory(error);
}

enum status json_add_string(cJSON *parent, const char *key, const char *value,
                            struct error *error) {
    assert(json_is_utf8(value));
    return add_item(parent, key, cJSON_CreateString(value), error);
}

enum status json_add_size(cJSON *parent, const char *key, size_t value, struct error *error) {
    assert(value <= CHARNN_JSON_LARGEST_WHOLE);
    char text[24];
    (void)snprintf(text, sizeof text, "%zu", value);
    return add_item(parent, key, cJSON_CreateRaw(text), error);
}

enum status json_add_double(cJSON *parent, const char *key, double value, struct error *error) {
    char text[40] = "null";
    if (value == floor(value) && fabs(value) <= (double)CHARNN_JSON_LARGEST_WHOLE) {
        (void)snprintf(text, sizeof text, "%.0f", value);
    } else if (isfinite(value)) {
        int digits = 14;
        do {
            digits++;
            (void)snprintf(text, sizeof text, "%.*g", digits, value);
        } while (digits < 17 && strtod(text, NULL) != value);
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
    return *object != NULL ? CHARNN_OK : out_of_memory(error);
}
