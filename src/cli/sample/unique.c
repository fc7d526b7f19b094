#include "cli/sample/unique.h"

#include "base/memory.h"
#include "base/xxh64.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"

#include <string.h>

enum { CHUNK = 4096 };

struct unique {
    struct corpus_format format;
    const struct corpus *corpus; /* NULL: none, or its records are among the hashes */
    uint64_t *hashes;            /* [size], open addressing; 0: free */
    size_t count, size;          /* the size is a power of two */
    unsigned char *bytes;        /* a text that is looked for in the corpus */
    size_t capacity;
};

static size_t find_slot(const uint64_t *hashes, size_t size, uint64_t hash) {
    size_t slot = (size_t)hash & (size - 1);
    while (hashes[slot] != 0 && hashes[slot] != hash) {
        slot = (slot + 1) & (size - 1);
    }
    return slot;
}

static enum status grow(struct unique *u, struct error *error) {
    uint64_t *hashes;
    size_t size = u->size > 0 ? 2 * u->size : 1024;
    if (MEMORY_NEW(&hashes, size, "the set of texts", error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < u->size; i++) {
        if (u->hashes[i] != 0) {
            hashes[find_slot(hashes, size, u->hashes[i])] = u->hashes[i];
        }
    }
    memory_free(u->hashes);
    u->hashes = hashes;
    u->size = size;
    return CHARNN_OK;
}

static enum status add_hash(struct unique *u, uint64_t hash, struct error *error) {
    if (2 * u->count >= u->size && grow(u, error) != CHARNN_OK) {
        return error->status;
    }
    size_t slot = find_slot(u->hashes, u->size, hash);
    u->count += u->hashes[slot] == 0;
    u->hashes[slot] = hash;
    return CHARNN_OK;
}

/* Hashes the codes of the symbols, as add_records() does. */
static void hash_bytes(const struct unique *u, struct xxh64 *hash, const unsigned char *bytes,
                       size_t size) {
    for (size_t offset = 0; offset < size;) {
        uint32_t code;
        offset += symbol_decode_joined(u->format.encoding, u->format.unix_newlines, bytes + offset,
                                       size - offset, &code);
        xxh64_add(hash, &code, sizeof code);
    }
}

/* Never 0. */
static uint64_t finish_hash(const struct xxh64 *hash) {
    uint64_t value = xxh64_end(hash);
    return value != 0 ? value : 1;
}

static uint64_t hash_text(const struct unique *u, const struct unique_text *text) {
    struct xxh64 hash = xxh64_start(0);
    hash_bytes(u, &hash, text->parts[0], text->sizes[0]);
    hash_bytes(u, &hash, text->parts[1], text->sizes[1]);
    return finish_hash(&hash);
}

static enum status add_records(struct unique *u, const struct vocab *vocab, struct error *error) {
    struct corpus_cursor cursor;
    struct xxh64 hash = xxh64_start(0);
    int32_t ids[CHUNK];
    size_t count;
    corpus_seek(u->corpus, 0, &cursor);
    while ((count = corpus_read(u->corpus, &cursor, vocab, CHUNK, ids)) > 0) {
        for (size_t i = 0; i < count; i++) {
            uint32_t code = vocab_code(vocab, ids[i]);
            if (code != CHARNN_SYMBOL_END) {
                xxh64_add(&hash, &code, sizeof code);
            } else if (hash.size > 0) {
                if (add_hash(u, finish_hash(&hash), error) != CHARNN_OK) {
                    return error->status;
                }
                hash = xxh64_start(0);
            }
        }
    }
    return CHARNN_OK;
}

static enum status read_records(struct unique *u, struct error *error) {
    struct vocab *vocab;
    if (corpus_build_vocab(u->corpus, &vocab, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = add_records(u, vocab, error);
    vocab_destroy(vocab);
    u->corpus = NULL; /* the records are all that is looked for */
    return status;
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
    enum status status = grow(u, error);
    if (status == CHARNN_OK && u->corpus != NULL && format->records != NULL) {
        status = read_records(u, error);
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
        memory_free(unique->hashes);
        memory_free(unique);
    }
}

enum status unique_find(struct unique *unique, const struct unique_text *text, bool *known,
                        struct error *error) {
    const struct unique *u = unique;
    uint64_t hash = hash_text(u, text);
    *known = u->hashes[find_slot(u->hashes, u->size, hash)] == hash;
    bool part = !*known && u->corpus != NULL && text->sizes[0] + text->sizes[1] > 0;
    return part ? find_in_corpus(unique, text, known, error) : CHARNN_OK;
}

enum status unique_add(struct unique *unique, const struct unique_text *text, struct error *error) {
    return add_hash(unique, hash_text(unique, text), error);
}
