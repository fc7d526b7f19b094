#include "infer/prime.h"

#include <stdio.h>
#include <string.h>

enum { NAMED_MOST = 5 }; /* symbols */

static void name_symbol(struct unknown_symbols *unknown, uint32_t code, size_t position) {
    char name[CHARNN_SYMBOL_DESCRIPTION];
    size_t used = strlen(unknown->named);
    (void)snprintf(unknown->named + used, sizeof unknown->named - used, "%s%s at position %zu",
                   used > 0 ? ", " : "", symbol_describe(code, name, sizeof name), position);
}

size_t prime_encode(const struct vocab *vocab, bool join_newlines, const unsigned char *text,
                    size_t size, int32_t replacement, int32_t *ids,
                    struct unknown_symbols *unknown) {
    *unknown = (struct unknown_symbols){0};
    size_t count = 0;
    size_t position = 0;
    for (size_t offset = join_newlines ? text_mark_size(text, size) : 0; offset < size;) {
        uint32_t code;
        offset += symbol_decode_joined(vocab_encoding(vocab), join_newlines, text + offset,
                                       size - offset, &code);
        position++;
        int32_t id = vocab_find(vocab, code);
        if (!vocab_has(vocab, code)) {
            if (unknown->count++ < NAMED_MOST) {
                name_symbol(unknown, code, position);
            }
            id = replacement;
        }
        if (id >= 0) {
            ids[count++] = id;
        }
    }
    if (unknown->count > NAMED_MOST) {
        size_t used = strlen(unknown->named);
        (void)snprintf(unknown->named + used, sizeof unknown->named - used, " and %zu more",
                       unknown->count - NAMED_MOST);
    }
    return count;
}

int32_t prime_replacement(const struct vocab *vocab) {
    int32_t unknown = vocab_unknown(vocab);
    return unknown >= 0 ? unknown : vocab_find(vocab, ' ');
}

int32_t prime_start(const struct vocab *vocab) {
    int32_t end = vocab_end(vocab);
    if (end >= 0) {
        return end;
    }
    return vocab_has(vocab, '\n') ? vocab_find(vocab, '\n') : -1;
}
