#include "checkpoint/vocab_json.h"

#include "base/json.h"
#include "base/memory.h"

#include <stdbool.h>
#include <string.h>

/* Longer than one character, so no other symbol has these names. */
static const char unknown_name[] = "<unknown>";
static const char end_name[] = "<end>";

const char *encoding_name(enum encoding encoding) {
    return encoding == CHARNN_ENCODING_BYTES ? "bytes" : "utf8";
}

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
    const char *encoding = encoding_name(vocab_encoding(vocab));
    *text = NULL;
    bool made = json_create_object(&json, error) == CHARNN_OK &&
                json_add_string(json, "encoding", encoding, error) == CHARNN_OK &&
                json_add_array(json, "symbols", &symbols, error) == CHARNN_OK &&
                add_symbols(symbols, vocab, error) == CHARNN_OK &&
                json_print(json, false, text, error) == CHARNN_OK;
    cJSON_Delete(json);
    return made ? CHARNN_OK : error->status;
}

static enum status read_encoding(const cJSON *json, const char *where, enum encoding *encoding,
                                 struct error *error) {
    const char *name;
    if (json_get_string(json, where, "encoding", &name, error) != CHARNN_OK) {
        return error->status;
    }
    *encoding = strcmp(name, "bytes") == 0 ? CHARNN_ENCODING_BYTES : CHARNN_ENCODING_UTF8;
    if (strcmp(name, encoding_name(*encoding)) != 0) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: \"encoding\" is \"%s\"; it must be \"utf8\" or \"bytes\"", where,
                         json_label(name).text);
    }
    return CHARNN_OK;
}

static enum status read_symbol(const cJSON *item, const char *where, size_t index, uint32_t *code,
                               struct error *error) {
    size_t byte;
    const char *text = cJSON_GetStringValue(item);
    if (json_to_size(item, &byte) && byte <= 0xFF) {
        *code = byte < 0x80 ? (uint32_t)byte : (uint32_t)(CHARNN_RAW_BYTE + byte);
    } else if (text == NULL) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: symbol %zu is neither a string nor a byte from 0 to 255", where,
                         index);
    } else if (strcmp(text, unknown_name) == 0) {
        *code = CHARNN_SYMBOL_UNKNOWN;
    } else if (strcmp(text, end_name) == 0) {
        *code = CHARNN_SYMBOL_END;
    } else if (text[0] == '\0' || symbol_decode(CHARNN_ENCODING_UTF8, (const unsigned char *)text,
                                                strlen(text), code) != strlen(text)) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: symbol %zu, \"%s\", is not exactly one character", where, index,
                         json_label(text).text);
    }
    return CHARNN_OK;
}

/* `codes` has room for all of `symbols`. */
static enum status create_vocab(const cJSON *symbols, enum encoding encoding, const char *where,
                                uint32_t *codes, struct vocab **vocab, struct error *error) {
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
    uint32_t *codes = NULL;
    *vocab = NULL;
    if (json_parse_object(text, strlen(text), where, &json, error) != CHARNN_OK) {
        return error->status;
    }
    bool made = read_encoding(json, where, &encoding, error) == CHARNN_OK &&
                json_get_array(json, where, "symbols", &symbols, error) == CHARNN_OK &&
                MEMORY_NEW(&codes, (size_t)cJSON_GetArraySize(symbols), "the vocabulary's symbols",
                           error) == CHARNN_OK &&
                create_vocab(symbols, encoding, where, codes, vocab, error) == CHARNN_OK;
    memory_free(codes);
    cJSON_Delete(json);
    return made ? CHARNN_OK : error->status;
}
