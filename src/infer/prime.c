#include "infer/prime.h"
#include "base/utf8.h"

size_t prime_encode(const struct vocab *vocab, bool join_newlines, const unsigned char *text,
                    size_t size, int32_t replacement, int32_t *ids, struct oov_report *unknown) {
    *unknown = (struct oov_report){0};
    size_t count = 0;
    size_t position = 0;
    for (size_t offset = join_newlines ? utf8_bom_size(text, size) : 0; offset < size;) {
        uint32_t code;
        offset += symbol_decode_joined(vocab_encoding(vocab), join_newlines, text + offset,
                                       size - offset, &code);
        position++;
        int32_t id = vocab_find(vocab, code);
        if (!vocab_has(vocab, code)) {
            oov_add(unknown, code, position);
            id = replacement;
        }
        if (id >= 0) {
            ids[count++] = id;
        }
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
