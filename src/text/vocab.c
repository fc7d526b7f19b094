#include "text/vocab.h"

#include "base/memory.h"

#include <assert.h>

enum {
    PAGE_BITS = 8,
    PAGE_SIZE = 1 << PAGE_BITS,
    PAGE_COUNT = CHARNN_SYMBOL_LIMIT >> PAGE_BITS,
};

/* Two levels from code to id. Pages without a symbol are all page 0, which holds `unknown` only. */
struct vocab {
    enum encoding encoding;
    size_t size;
    int32_t unknown; /* id of the unknown symbol, or -1 */
    int32_t end;     /* of the end symbol, likewise */
    uint32_t *codes; /* [size] */
    int32_t (*pages)[PAGE_SIZE];
    uint16_t page_of[PAGE_COUNT];
};

/* Numbers the pages in use from 1; *pages is their number with page 0. */
static enum status check_codes(struct vocab *vocab, const uint32_t *codes, size_t count,
                               size_t *pages, struct error *error) {
    char name[CHARNN_SYMBOL_DESCRIPTION];
    *pages = 1;
    if (count == 0) {
        return error_set(error, CHARNN_ERROR_FORMAT, "the vocabulary is empty");
    }
    for (size_t i = 0; i < count; i++) {
        bool special = symbol_is_special(codes[i]);
        if (!special && !symbol_is_valid(CHARNN_ENCODING_UTF8, codes[i])) {
            return error_set(error, CHARNN_ERROR_FORMAT,
                             "the vocabulary's entry %zu, 0x%X, is not the code of a character", i,
                             (unsigned)codes[i]);
        }
        if (!special && !symbol_is_valid(vocab->encoding, codes[i])) {
            return error_set(error, CHARNN_ERROR_FORMAT,
                             "the vocabulary's entry %zu, %s, is not a byte, though the text is "
                             "said to be bytes",
                             i, symbol_describe(codes[i], name, sizeof name));
        }
        uint16_t *page = &vocab->page_of[codes[i] >> PAGE_BITS];
        if (*page == 0) {
            *page = (uint16_t)(*pages)++;
        }
    }
    return CHARNN_OK;
}

/* What the vocabulary lacks is read as the unknown symbol, from then on. */
static void find_special(struct vocab *vocab, size_t pages) {
    vocab->end = vocab_find(vocab, CHARNN_SYMBOL_END);
    vocab->unknown = vocab_find(vocab, CHARNN_SYMBOL_UNKNOWN);
    for (size_t page = 0; page < pages; page++) {
        for (size_t i = 0; i < PAGE_SIZE; i++) {
            int32_t *id = &vocab->pages[page][i];
            *id = *id < 0 ? vocab->unknown : *id;
        }
    }
}

/* More codes than can differ do contain one twice, so ids never leave the range of int32_t. */
static enum status number_codes(struct vocab *vocab, const uint32_t *codes, size_t count,
                                size_t pages, struct error *error) {
    char name[CHARNN_SYMBOL_DESCRIPTION];
    for (size_t page = 0; page < pages; page++) {
        for (size_t i = 0; i < PAGE_SIZE; i++) {
            vocab->pages[page][i] = -1;
        }
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t code = codes[i];
        int32_t *id = &vocab->pages[vocab->page_of[code >> PAGE_BITS]][code % PAGE_SIZE];
        if (*id >= 0) {
            return error_set(error, CHARNN_ERROR_FORMAT,
                             "the vocabulary's entries %d and %zu are both %s", (int)*id, i,
                             symbol_describe(code, name, sizeof name));
        }
        *id = (int32_t)i;
        vocab->codes[i] = code;
    }
    vocab->size = count;
    find_special(vocab, pages);
    return CHARNN_OK;
}

enum status vocab_create(enum encoding encoding, const uint32_t *codes, size_t count,
                         struct vocab **vocab, struct error *error) {
    assert(encoding != CHARNN_ENCODING_AUTO);
    *vocab = NULL;
    void *memory;
    if (memory_allocate(1, sizeof **vocab, "the vocabulary", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct vocab *made = memory;
    made->encoding = encoding;
    size_t pages;
    if (check_codes(made, codes, count, &pages, error) != CHARNN_OK) {
        goto cleanup;
    }
    if (memory_allocate(pages, sizeof made->pages[0], "the vocabulary's table", &memory, error) !=
        CHARNN_OK) {
        goto cleanup;
    }
    made->pages = memory;
    if (memory_allocate(count, sizeof made->codes[0], "the vocabulary's symbols", &memory, error) !=
        CHARNN_OK) {
        goto cleanup;
    }
    made->codes = memory;
    if (number_codes(made, codes, count, pages, error) != CHARNN_OK) {
        goto cleanup;
    }
    *vocab = made;
    return CHARNN_OK;

cleanup:
    vocab_destroy(made);
    return error->status;
}

void vocab_destroy(struct vocab *vocab) {
    if (vocab == NULL) {
        return;
    }
    memory_free(vocab->codes);
    memory_free(vocab->pages);
    memory_free(vocab);
}

size_t vocab_size(const struct vocab *vocab) {
    return vocab->size;
}

enum encoding vocab_encoding(const struct vocab *vocab) {
    return vocab->encoding;
}

int32_t vocab_find(const struct vocab *vocab, uint32_t code) {
    if (code >= CHARNN_SYMBOL_LIMIT) {
        return vocab->unknown;
    }
    return vocab->pages[vocab->page_of[code >> PAGE_BITS]][code % PAGE_SIZE];
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
