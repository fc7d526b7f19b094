#include "cli/sample/unique.h"

#include "base/hash_set.h"
#include "base/memory.h"
#include "text/record_hashes.h"

#include <string.h>

struct unique {
    struct corpus_format format;
    const struct corpus *corpus; /* NULL: none, or its records are among the texts */
    struct hash_set texts;
    unsigned char *bytes; /* a text that is looked for in the corpus */
    size_t capacity;
};

static uint64_t hash_text(const struct unique *u, const struct unique_text *text) {
    struct xxh64 hash = xxh64_start(0);
    for (size_t i = 0; i < 2; i++) {
        for (size_t offset = 0; offset < text->sizes[i];) {
            uint32_t code;
            offset += symbol_decode_joined(u->format.encoding, u->format.unix_newlines,
                                           text->parts[i] + offset, text->sizes[i] - offset, &code);
            text_hash_add(&hash, code);
        }
    }
    return text_hash_end(&hash);
}

static enum status add_record(void *unique, uint64_t hash, struct error *error) {
    struct unique *u = unique;
    return hash_set_add(&u->texts, hash, error);
}

/* With --newlines lf the files may have CR LF in place of LF. */
static enum status find_in_corpus(struct unique *u, const struct unique_text *text, bool *found,
                                  struct error *error) {
    size_t size = text->sizes[0] + text->sizes[1];
    if (MEMORY_GROW(&u->bytes, &u->capacity, 0, 3 * size, "a text", error) != CHARNN_OK) {
        return error->status;
    }
    unsigned char *pairs = u->bytes + size;
    size_t pairs_size = 0;
    memcpy(u->bytes, text->parts[0], text->sizes[0]);
    if (text->sizes[1] > 0) {
        memcpy(u->bytes + text->sizes[0], text->parts[1], text->sizes[1]);
    }
    for (size_t i = 0; i < size; i++) {
        if (u->bytes[i] == '\n') {
            pairs[pairs_size++] = '\r';
        }
        pairs[pairs_size++] = u->bytes[i];
    }
    *found = corpus_count_text(u->corpus, u->bytes, size) > 0 ||
             (u->format.unix_newlines && corpus_count_text(u->corpus, pairs, pairs_size) > 0);
    return CHARNN_OK;
}

enum status unique_create(const struct corpus *corpus, const struct corpus_format *format,
                          struct unique **unique, struct error *error) {
    struct unique *u;
    *unique = NULL;
    if (MEMORY_NEW(&u, 1, "the set of texts", error) != CHARNN_OK) {
        return error->status;
    }
    u->format = *format;
    u->corpus = corpus;
    enum status status = CHARNN_OK;
    if (corpus != NULL && format->records != NULL) {
        status = record_hashes_visit(corpus, add_record, u, error);
        u->corpus = NULL; /* the records are all that is looked for */
    }
    if (status != CHARNN_OK) {
        unique_destroy(u);
        return status;
    }
    *unique = u;
    return CHARNN_OK;
}

void unique_destroy(struct unique *unique) {
    if (unique != NULL) {
        memory_free(unique->bytes);
        hash_set_deinit(&unique->texts);
        memory_free(unique);
    }
}

enum status unique_find(struct unique *unique, const struct unique_text *text, bool *known,
                        struct error *error) {
    const struct unique *u = unique;
    *known = hash_set_has(&u->texts, hash_text(u, text));
    bool part = !*known && u->corpus != NULL && text->sizes[0] + text->sizes[1] > 0;
    return part ? find_in_corpus(unique, text, known, error) : CHARNN_OK;
}

enum status unique_add(struct unique *unique, const struct unique_text *text, struct error *error) {
    return hash_set_add(&unique->texts, hash_text(unique, text), error);
}
