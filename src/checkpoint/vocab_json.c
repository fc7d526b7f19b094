#include "checkpoint/vocab_json.h"

#include "base/json.h"
#include "base/memory.h"

#include <stdbool.h>
#include <string.h>

static const char *const encoding_names[] = {
    [CHARNN_ENCODING_AUTO] = "auto",
    [CHARNN_ENCODING_UTF8] = "utf8",
    [CHARNN_ENCODING_BYTES] = "bytes",
};

/* No character is as long as these. */
static const char unknown_name[] = "<unknown>";
static const char end_name[] = "<end>";

const char *encoding_name(enum encoding encoding) {
    return encoding_names[encoding];
}

/* ---- writing ----------------------------------------------------------------------------------
 */

static cJSON *create_symbol(uint32_t code) {
    if (symbol_is_special(code)) {
        return cJSON_CreateString(code == CHARNN_SYMBOL_END ? end_name : unknown_name);
    }
    if (code == 0 || code >= CHARNN_RAW_BYTE) {
        return cJSON_CreateNumber((double)(code & 0xFFU));
    }
    unsigned char bytes[CHARNN_SYMBOL_BYTES + 1] = {0};
    bytes[symbol_encode(code, bytes)] = '\0';
    return cJSON_CreateString((const char *)bytes);
}

static enum status add_symbols(cJSON *symbols, const struct vocab *vocab, struct error *error) {
    const uint32_t *codes = vocab_codes(vocab);
    for (size_t i = 0; i < vocab_size(vocab); i++) {
        cJSON *symbol = create_symbol(codes[i]);
        if (symbol == NULL || !cJSON_AddItemToArray(symbols, symbol)) {
            cJSON_Delete(symbol);
            return error_set(error, CHARNN_ERROR_MEMORY,
                             "out of memory for the vocabulary as JSON");
        }
    }
    return CHARNN_OK;
}

enum status vocab_to_json(const struct vocab *vocab, char **text, struct error *error) {
    cJSON *json;
    cJSON *symbols;
    *text = NULL;
    if (json_create_object(&json, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status =
        json_add_string(json, "encoding", encoding_name(vocab_encoding(vocab)), error);
    if (status == CHARNN_OK) {
        status = json_add_array(json, "symbols", &symbols, error);
    }
    if (status == CHARNN_OK) {
        status = add_symbols(symbols, vocab, error);
    }
    if (status == CHARNN_OK) {
        status = json_print(json, false, text, error);
    }
    cJSON_Delete(json);
    return status;
}

/* ---- reading ----------------------------------------------------------------------------------
 */

static enum status read_encoding(const cJSON *json, const char *where, enum encoding *encoding,
                                 struct error *error) {
    const char *name;
    if (json_get_string(json, where, "encoding", &name, error) != CHARNN_OK) {
        return error->status;
    }
    bool bytes = strcmp(name, encoding_names[CHARNN_ENCODING_BYTES]) == 0;
    if (!bytes && strcmp(name, encoding_names[CHARNN_ENCODING_UTF8]) != 0) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: \"encoding\" is \"%s\"; it must be \"utf8\" or \"bytes\"", where,
                         json_label(name).text);
    }
    *encoding = bytes ? CHARNN_ENCODING_BYTES : CHARNN_ENCODING_UTF8;
    return CHARNN_OK;
}

static enum status read_symbol(const cJSON *item, const char *where, size_t index, uint32_t *code,
                               struct error *error) {
    size_t byte;
    if (json_to_size(item, &byte) && byte <= 0xFF) {
        *code = byte < 0x80 ? (uint32_t)byte : (uint32_t)(CHARNN_RAW_BYTE + byte);
        return CHARNN_OK;
    }
    if (!cJSON_IsString(item)) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: symbol %zu is neither a string nor a byte from 0 to 255", where,
                         index);
    }
    if (strcmp(item->valuestring, unknown_name) == 0) {
        *code = CHARNN_SYMBOL_UNKNOWN;
        return CHARNN_OK;
    }
    if (strcmp(item->valuestring, end_name) == 0) {
        *code = CHARNN_SYMBOL_END;
        return CHARNN_OK;
    }
    const unsigned char *bytes = (const unsigned char *)item->valuestring;
    size_t length = strlen(item->valuestring);
    if (length == 0 || symbol_decode(CHARNN_ENCODING_UTF8, bytes, length, code) != length) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: symbol %zu, \"%s\", is not exactly one character", where, index,
                         json_label(item->valuestring).text);
    }
    return CHARNN_OK;
}

/* `codes` has room for all entries of `symbols`. */
static enum status create_from_symbols(const cJSON *symbols, enum encoding encoding,
                                       const char *where, uint32_t *codes, struct vocab **vocab,
                                       struct error *error) {
    size_t count = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, symbols) {
        if (read_symbol(item, where, count, &codes[count], error) != CHARNN_OK) {
            return error->status;
        }
        count++;
    }
    struct error reason = {0};
    enum status status = vocab_create(encoding, codes, count, vocab, &reason);
    return status == CHARNN_OK ? status : error_set(error, status, "%s: %s", where, reason.message);
}

enum status vocab_from_json(const char *text, const char *where, struct vocab **vocab,
                            struct error *error) {
    cJSON *json;
    const cJSON *symbols;
    enum encoding encoding = CHARNN_ENCODING_UTF8;
    void *codes = NULL;
    *vocab = NULL;
    if (json_parse_object(text, strlen(text), where, &json, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = read_encoding(json, where, &encoding, error);
    if (status == CHARNN_OK) {
        status = json_get_array(json, where, "symbols", &symbols, error);
    }
    if (status == CHARNN_OK) {
        status = memory_allocate((size_t)cJSON_GetArraySize(symbols), sizeof(uint32_t),
                                 "the vocabulary's symbols", &codes, error);
    }
    if (status == CHARNN_OK) {
        status = create_from_symbols(symbols, encoding, where, codes, vocab, error);
    }
    memory_free(codes);
    cJSON_Delete(json);
    return status;
}
