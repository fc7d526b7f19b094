#include "infer/record_copies.h"

#include "base/memory.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"

#include <stdlib.h>

enum { CHUNK = 4096 };

struct text {
    uint64_t hash;
    bool copied;
};

struct texts {
    struct text *list; /* [count], sorted by hash */
    size_t count;
};

/* Adds a symbol to the hash of a text. The hash is 0 before the first symbol. */
static uint64_t add_symbol(uint64_t hash, uint32_t code) {
    hash = (hash ^ ((uint64_t)code + 1)) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

static int compare(const void *a, const void *b) {
    const struct text *one = a;
    const struct text *other = b;
    return (one->hash > other->hash) - (one->hash < other->hash);
}

/* Lists the texts of the codes; without memory for the list, only counts them. */
static void collect(const uint32_t *codes, size_t count, struct texts *texts) {
    uint64_t hash = 0;
    texts->count = 0;
    for (size_t i = 0; i <= count; i++) {
        if (i < count && codes[i] != CHARNN_SYMBOL_END) {
            hash = add_symbol(hash, codes[i]);
        } else if (hash != 0) {
            if (texts->list != NULL) {
                texts->list[texts->count] = (struct text){.hash = hash};
            }
            texts->count++;
            hash = 0;
        }
    }
}

/* Marks the texts that equal a record, by its hash. */
static void mark(struct texts *texts, uint64_t hash) {
    size_t low = 0;
    size_t high = texts->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (texts->list[middle].hash < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < texts->count && texts->list[low].hash == hash && !texts->list[low].copied; low++) {
        texts->list[low].copied = true;
    }
}

static void read_corpus(const struct corpus *corpus, const struct vocab *vocab,
                        struct texts *texts) {
    struct corpus_cursor cursor;
    int32_t ids[CHUNK];
    uint64_t hash = 0;
    size_t count;
    corpus_seek(corpus, 0, &cursor);
    while ((count = corpus_read(corpus, &cursor, vocab, CHUNK, ids)) > 0) {
        for (size_t i = 0; i < count; i++) {
            if (ids[i] >= 0 && ids[i] != vocab_end(vocab)) {
                hash = add_symbol(hash, vocab_code(vocab, ids[i]));
            } else {
                mark(texts, hash);
                hash = 0;
            }
        }
    }
}

enum status record_copies_count(const struct corpus *corpus, const uint32_t *codes, size_t count,
                                struct record_copies *copies, struct error *error) {
    struct vocab *vocab;
    struct texts texts = {0};
    *copies = (struct record_copies){0};
    collect(codes, count, &texts);
    if (texts.count == 0) {
        return CHARNN_OK;
    }
    if (MEMORY_NEW(&texts.list, texts.count, "the texts to look for", error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = corpus_build_vocab(corpus, &vocab, error);
    if (status == CHARNN_OK) {
        collect(codes, count, &texts);
        qsort(texts.list, texts.count, sizeof texts.list[0], compare);
        read_corpus(corpus, vocab, &texts);
        copies->texts = texts.count;
        for (size_t i = 0; i < texts.count; i++) {
            copies->copied += texts.list[i].copied;
        }
        vocab_destroy(vocab);
    }
    memory_free(texts.list);
    return status;
}
