#include "text/record_hashes.h"

#include "text/corpus_read.h"
#include "text/corpus_vocab.h"

enum { CHUNK = 4096 };

void text_hash_add(struct xxh64 *hash, uint32_t code) {
    xxh64_add(hash, &code, sizeof code);
}

uint64_t text_hash_end(const struct xxh64 *hash) {
    uint64_t value = xxh64_end(hash);
    return value != 0 ? value : 1;
}

/* A text that is read symbol by symbol. */
struct reading {
    struct xxh64 hash;
    text_hash_visit *visit;
    void *context;
};

static enum status read_symbol(struct reading *r, uint32_t code, struct error *error) {
    enum status status = CHARNN_OK;
    if (code != CHARNN_SYMBOL_END) {
        text_hash_add(&r->hash, code);
    } else if (r->hash.size > 0) {
        status = r->visit(r->context, text_hash_end(&r->hash), error);
        r->hash = xxh64_start(0);
    }
    return status;
}

enum status text_hashes_visit(const uint32_t *codes, size_t count, text_hash_visit *visit,
                              void *context, struct error *error) {
    struct reading r = {xxh64_start(0), visit, context};
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i <= count; i++) {
        status = read_symbol(&r, i < count ? codes[i] : CHARNN_SYMBOL_END, error);
    }
    return status;
}

enum status record_hashes_visit(const struct corpus *corpus, text_hash_visit *visit, void *context,
                                struct error *error) {
    struct reading r = {xxh64_start(0), visit, context};
    struct corpus_cursor cursor;
    struct vocab *vocab;
    int32_t ids[CHUNK];
    size_t count;
    enum status status = corpus_build_vocab(corpus, &vocab, error);
    corpus_seek(corpus, 0, &cursor);
    while (status == CHARNN_OK && (count = corpus_read(corpus, &cursor, vocab, CHUNK, ids)) > 0) {
        for (size_t i = 0; status == CHARNN_OK && i < count; i++) {
            uint32_t code = ids[i] >= 0 ? vocab_code(vocab, ids[i]) : CHARNN_SYMBOL_END;
            status = read_symbol(&r, code, error);
        }
    }
    vocab_destroy(vocab);
    return status;
}
