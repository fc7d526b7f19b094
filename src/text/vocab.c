#include "text/vocab.h"

#include "base/memory.h"

#include <assert.h>

struct vocab {
    enum encoding encoding;
    size_t size;
    int32_t unknown; /* id of the unknown symbol, or -1 */
    int32_t end;     /* id of the end symbol, or -1 */
    uint32_t *codes; /* [size] */
    size_t places;   /* larger than the place of every code */
    int32_t *ids;    /* [places]: id + 1, or 0 */
};

/* Special symbols and raw bytes come first, so that the table need not reach up to their codes. */
static size_t place_of(uint32_t code) {
    if (code < CHARNN_RAW_BYTE) {
        return code + (CHARNN_SYMBOL_LIMIT - CHARNN_RAW_BYTE);
    }
    return code < CHARNN_SYMBOL_LIMIT ? code - CHARNN_RAW_BYTE : SIZE_MAX;
}

static enum status check_code(const struct vocab *vocab, uint32_t code, size_t i,
                              struct error *error) {
    char name[CHARNN_SYMBOL_DESCRIPTION];
    if (symbol_is_special(code) || symbol_is_valid(vocab->encoding, code)) {
        return CHARNN_OK;
    }
    if (!symbol_is_valid(CHARNN_ENCODING_UTF8, code)) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "the vocabulary's entry %zu, 0x%X, is not the code of a character", i,
                         (unsigned)code);
    }
    return error_set(error, CHARNN_ERROR_FORMAT,
                     "the vocabulary's entry %zu, %s, is not a byte, though the encoding is bytes",
                     i, symbol_describe(code, name, sizeof name));
}

/* More codes than exist contain a duplicate, so ids fit in int32_t. */
static enum status add_code(struct vocab *vocab, uint32_t code, struct error *error) {
    char name[CHARNN_SYMBOL_DESCRIPTION];
    int32_t *id = &vocab->ids[place_of(code)];
    if (*id > 0) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "the vocabulary's entries %d and %zu are both %s", (int)*id - 1,
                         vocab->size, symbol_describe(code, name, sizeof name));
    }
    vocab->codes[vocab->size++] = code;
    *id = (int32_t)vocab->size;
    return CHARNN_OK;
}

static enum status add_codes(struct vocab *vocab, const uint32_t *codes, size_t count,
                             struct error *error) {
    for (size_t i = 0; i < count; i++) {
        if (check_code(vocab, codes[i], i, error) != CHARNN_OK) {
            return error->status;
        }
        size_t place = place_of(codes[i]);
        vocab->places = place < vocab->places ? vocab->places : place + 1;
    }
    if (MEMORY_NEW(&vocab->ids, vocab->places, "the vocabulary's table", error) != CHARNN_OK ||
        MEMORY_NEW(&vocab->codes, count, "the vocabulary's symbols", error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    for (size_t i = 0; i < count && status == CHARNN_OK; i++) {
        status = add_code(vocab, codes[i], error);
    }
    return status;
}

enum status vocab_create(enum encoding encoding, const uint32_t *codes, size_t count,
                         struct vocab **vocab, struct error *error) {
    assert(encoding != CHARNN_ENCODING_AUTO);
    struct vocab *made;
    *vocab = NULL;
    if (count == 0) {
        return error_set(error, CHARNN_ERROR_FORMAT, "the vocabulary is empty");
    }
    if (MEMORY_NEW(&made, 1, "the vocabulary", error) != CHARNN_OK) {
        return error->status;
    }
    made->encoding = encoding;
    made->unknown = -1;
    if (add_codes(made, codes, count, error) != CHARNN_OK) {
        vocab_destroy(made);
        return error->status;
    }
    made->end = vocab_find(made, CHARNN_SYMBOL_END);
    made->unknown = vocab_find(made, CHARNN_SYMBOL_UNKNOWN);
    *vocab = made;
    return CHARNN_OK;
}

void vocab_destroy(struct vocab *vocab) {
    if (vocab == NULL) {
        return;
    }
    memory_free(vocab->codes);
    memory_free(vocab->ids);
    memory_free(vocab);
}

size_t vocab_size(const struct vocab *vocab) {
    return vocab->size;
}

enum encoding vocab_encoding(const struct vocab *vocab) {
    return vocab->encoding;
}

int32_t vocab_find(const struct vocab *vocab, uint32_t code) {
    size_t place = place_of(code);
    int32_t id = place < vocab->places ? vocab->ids[place] - 1 : -1;
    return id >= 0 ? id : vocab->unknown;
}

bool vocab_has(const struct vocab *vocab, uint32_t code) {
    int32_t id = vocab_find(vocab, code);
    return id >= 0 && vocab->codes[id] == code;
}

int32_t vocab_end(const struct vocab *vocab) {
    return vocab->end;
}

int32_t vocab_unknown(const struct vocab *vocab) {
    return vocab->unknown;
}

uint32_t vocab_code(const struct vocab *vocab, int32_t id) {
    assert(id >= 0 && (size_t)id < vocab->size);
    return vocab->codes[id];
}

const uint32_t *vocab_codes(const struct vocab *vocab) {
    return vocab->codes;
}

enum status vocab_encode_text(const struct vocab *vocab, bool join_newlines, const char *what,
                              const unsigned char *text, size_t size, int32_t *ids, size_t *count,
                              struct error *error) {
    *count = 0;
    size_t offset = 0;
    while (offset < size) {
        uint32_t code;
        offset += symbol_decode_joined(vocab->encoding, join_newlines, text + offset, size - offset,
                                       &code);
        if (!vocab_has(vocab, code)) {
            char name[CHARNN_SYMBOL_DESCRIPTION];
            return error_set(error, CHARNN_ERROR_DATA,
                             "%s has a character the model has not seen: %s at position %zu; "
                             "leave it out or replace it",
                             what, symbol_describe(code, name, sizeof name), *count + 1);
        }
        ids[(*count)++] = vocab_find(vocab, code);
    }
    return CHARNN_OK;
}
