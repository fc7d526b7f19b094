#include "infer/allowed.h"

#include "base/memory.h"

#include <string.h>

/* Gives the vocabulary's symbols in the text the value. */
static void mark(const struct vocab *vocab, const char *text, bool value, bool *allowed) {
    const unsigned char *bytes = (const unsigned char *)text;
    size_t size = strlen(text);
    for (size_t offset = 0; offset < size;) {
        uint32_t code;
        offset += symbol_decode(vocab_encoding(vocab), bytes + offset, size - offset, &code);
        if (vocab_has(vocab, code)) {
            allowed[vocab_find(vocab, code)] = value;
        }
    }
}

enum status allowed_create(const struct vocab *vocab, const char *only, const char *forbid,
                           bool **allowed, struct error *error) {
    *allowed = NULL;
    int32_t unknown = vocab_unknown(vocab);
    int32_t end = vocab_end(vocab);
    if (only[0] == '\0' && forbid[0] == '\0' && unknown < 0) {
        return CHARNN_OK;
    }
    void *memory;
    if (memory_allocate(vocab_size(vocab), sizeof **allowed, "the allowed characters", &memory,
                        error) != CHARNN_OK) {
        return error->status;
    }
    *allowed = memory;
    memset(*allowed, only[0] == '\0', vocab_size(vocab) * sizeof **allowed);
    mark(vocab, only, true, *allowed);
    mark(vocab, forbid, false, *allowed);
    if (unknown >= 0) {
        (*allowed)[unknown] = false;
    }
    if (end >= 0) {
        (*allowed)[end] = true;
    }
    for (size_t i = 0; i < vocab_size(vocab); i++) {
        if ((*allowed)[i] && (int32_t)i != end) {
            return CHARNN_OK;
        }
    }
    memory_free(*allowed);
    *allowed = NULL;
    return error_set(error, CHARNN_ERROR_DATA,
                     "no character is left to write: of those that the model knows, --only and "
                     "--forbid leave none");
}
