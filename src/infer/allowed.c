#include "infer/allowed.h"

#include "base/memory.h"

#include <string.h>

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
    size_t size = vocab_size(vocab);
    int32_t unknown = vocab_unknown(vocab);
    int32_t end = vocab_end(vocab);
    *allowed = NULL;
    if (only[0] == '\0' && forbid[0] == '\0' && unknown < 0) {
        return CHARNN_OK;
    }
    bool *made;
    if (MEMORY_NEW(&made, size, "the allowed characters", error) != CHARNN_OK) {
        return error->status;
    }
    memset(made, only[0] == '\0', size * sizeof *made);
    mark(vocab, only, true, made);
    mark(vocab, forbid, false, made);
    if (unknown >= 0) {
        made[unknown] = false;
    }
    if (end >= 0) {
        made[end] = true;
    }
    for (size_t i = 0; i < size; i++) {
        if (made[i] && (int32_t)i != end) {
            *allowed = made;
            return CHARNN_OK;
        }
    }
    memory_free(made);
    return error_set(error, CHARNN_ERROR_DATA,
                     "no character is left to write: --only and --forbid together exclude every "
                     "character that the model knows");
}
