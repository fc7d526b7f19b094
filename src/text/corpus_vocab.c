#include "text/corpus_vocab.h"

#include "base/memory.h"
#include "base/plural.h"
#include "text/corpus_data.h"

#include <assert.h>

/* Counts codes in bytes [offset, end) of a file, up to `limit` each. */
static void count_bytes(const struct corpus *corpus, const struct source *source, size_t offset,
                        size_t end, size_t limit, uint16_t *counts) {
    while (offset < end) {
        uint32_t code;
        offset += symbol_decode_joined(corpus->encoding, corpus->join_newlines,
                                       source->bytes.data + offset, end - offset, &code);
        counts[code] = (uint16_t)(counts[code] + (counts[code] < limit));
    }
}

static void count_codes(const struct corpus *corpus, size_t limit, uint16_t *counts) {
    for (size_t i = 0; i < corpus_records(corpus); i++) {
        const struct record *record = record_index_at(corpus->records, i);
        count_bytes(corpus, &corpus->sources[record->source], record->begin, record->end, limit,
                    counts);
    }
    for (size_t i = 0; corpus->records == NULL && i < corpus->source_count; i++) {
        const struct source *source = &corpus->sources[i];
        count_bytes(corpus, source, source->start, source->bytes.size, limit, counts);
    }
}

/* The codes of a vocabulary in the making. */
struct selection {
    const struct vocab *known; /* whose codes come first, or NULL */
    uint32_t *codes;
    size_t count;
};

static bool has_known(const struct selection *selection, uint32_t code) {
    return selection->known != NULL && vocab_has(selection->known, code);
}

/* Adds the frequent codes (all, without counts), then the special symbols that are needed. */
static void select_codes(const struct corpus *corpus, size_t min_count, const uint16_t *counts,
                         struct selection *selection, struct rare_symbols *rare) {
    for (size_t i = 0; i < corpus->code_count; i++) {
        uint32_t code = corpus->codes[i];
        if (has_known(selection, code)) {
            continue;
        }
        if (counts == NULL || counts[code] >= min_count) {
            selection->codes[selection->count++] = code;
        } else {
            rare->different++;
            rare->occurrences += counts[code];
        }
    }
    if (rare->different > 0 && !has_known(selection, CHARNN_SYMBOL_UNKNOWN)) {
        selection->codes[selection->count++] = CHARNN_SYMBOL_UNKNOWN;
    }
    if (corpus->records != NULL && !has_known(selection, CHARNN_SYMBOL_END)) {
        selection->codes[selection->count++] = CHARNN_SYMBOL_END;
    }
}

static enum status selection_init(struct selection *selection, const struct corpus *corpus,
                                  const struct vocab *known, struct error *error) {
    size_t count = known != NULL ? vocab_size(known) : 0;
    *selection = (struct selection){.known = known, .count = count};
    if (MEMORY_NEW(&selection->codes, count + corpus->code_count + 1, "the vocabulary", error) !=
        CHARNN_OK) {
        return error->status;
    }
    if (known != NULL) {
        memcpy(selection->codes, vocab_codes(known), count * sizeof(uint32_t));
    }
    return CHARNN_OK;
}

enum status corpus_select_vocab(const struct corpus *corpus, const struct vocab *known,
                                size_t min_count, struct vocab **vocab, struct rare_symbols *rare,
                                struct error *error) {
    assert(min_count >= 1 && min_count <= CHARNN_MIN_COUNT_MOST);
    struct selection selection;
    uint16_t *counts = NULL;
    *vocab = NULL;
    *rare = (struct rare_symbols){0};
    enum status status = selection_init(&selection, corpus, known, error);
    if (status == CHARNN_OK && min_count > 1) {
        status = MEMORY_NEW(&counts, CHARNN_SYMBOL_LIMIT, "the number of each symbol", error);
    }
    if (status == CHARNN_OK) {
        if (counts != NULL) {
            count_codes(corpus, min_count, counts);
        }
        select_codes(corpus, min_count, counts, &selection, rare);
        status =
            rare->different == corpus->code_count
                ? error_set(error, CHARNN_ERROR_DATA,
                            "no character occurs %zu times in the text; use a smaller "
                            "--min-count",
                            min_count)
                : vocab_create(corpus->encoding, selection.codes, selection.count, vocab, error);
    }
    memory_free(counts);
    memory_free(selection.codes);
    return status;
}

enum status corpus_build_vocab(const struct corpus *corpus, struct vocab **vocab,
                               struct error *error) {
    struct rare_symbols none;
    return corpus_select_vocab(corpus, NULL, 1, vocab, &none, error);
}

size_t corpus_count_known(const struct corpus *corpus, const struct vocab *vocab) {
    size_t count = 0;
    for (size_t i = 0; i < corpus->code_count; i++) {
        count += vocab_has(vocab, corpus->codes[i]);
    }
    return count;
}

enum status corpus_check_vocab(const struct corpus *corpus, const struct vocab *vocab,
                               struct error *error) {
    assert(vocab_encoding(vocab) == corpus->encoding);
    if (corpus->records != NULL && vocab_end(vocab) < 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the text is made of records, but the model has not learned where one "
                         "ends");
    }
    size_t unknown = 0;
    uint32_t first = 0;
    for (size_t i = 0; i < corpus->code_count; i++) {
        if (vocab_find(vocab, corpus->codes[i]) < 0) {
            first = unknown == 0 ? corpus->codes[i] : first;
            unknown++;
        }
    }
    if (unknown == 0) {
        return CHARNN_OK;
    }
    char name[CHARNN_SYMBOL_DESCRIPTION];
    symbol_describe(first, name, sizeof name);
    return error_set(error, CHARNN_ERROR_DATA,
                     "the text has %zu character%s the model has not seen%s %s; replace %s in the "
                     "text",
                     unknown, plural_ending(unknown), unknown == 1 ? ":" : ", among them", name,
                     unknown == 1 ? "it" : "them");
}
