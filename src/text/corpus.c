#include "text/corpus.h"

#include "base/file.h"
#include "base/memory.h"
#include "text/census.h"
#include "text/hash.h"

#include <assert.h>
#include <string.h>

enum { MARK_INTERVAL = 1 << 16 }; /* symbols */

struct source {
    struct file_bytes bytes;
    size_t first; /* position of its first symbol in the corpus */
    size_t symbols;
    size_t *marks; /* byte offset of every MARK_INTERVAL-th symbol; NULL: symbols are bytes */
};

struct corpus {
    enum encoding encoding;
    size_t length; /* symbols */
    size_t bytes;
    uint32_t *codes; /* the different symbols, ascending */
    size_t code_count;
    struct source *sources;
    size_t source_count;
};

/*
 * Takes in one file of UTF-8 and notes where its symbols lie. With `strict`, gives up at raw bytes:
 * the caller then falls back to bytes.
 */
static enum status scan_utf8(struct source *source, struct census *census, bool strict,
                             struct error *error) {
    size_t size = source->bytes.size;
    void *memory;
    if (memory_allocate(size / MARK_INTERVAL + 1, sizeof source->marks[0], "the corpus's index",
                        &memory, error) != CHARNN_OK) {
        return error->status;
    }
    source->marks = memory;
    source->symbols = 0;
    size_t mark = 0;
    for (size_t offset = 0; offset < size;) {
        source->marks[mark++] = offset;
        offset += census_add(census, source->bytes.data + offset, size - offset, MARK_INTERVAL,
                             &source->symbols);
        if (strict && census_has_raw_bytes(census)) {
            return CHARNN_OK;
        }
    }
    if (source->symbols == size) {
        memory_free(source->marks);
        source->marks = NULL;
    }
    return CHARNN_OK;
}

static void scan_bytes(struct source *source, struct census *census) {
    memory_free(source->marks);
    source->marks = NULL;
    source->symbols = 0;
    (void)census_add(census, source->bytes.data, source->bytes.size, source->bytes.size,
                     &source->symbols);
}

static enum status collect_codes(struct corpus *corpus, const struct census *census,
                                 struct error *error) {
    void *memory;
    size_t count = census_codes(census, NULL);
    if (memory_allocate(count, sizeof corpus->codes[0], "the corpus's symbols", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    corpus->codes = memory;
    corpus->code_count = census_codes(census, corpus->codes);
    return CHARNN_OK;
}

/*
 * Counts and collects the symbols of all files, taken as `encoding`. *complete is false where
 * `strict` asks for well-formed text and it is not; nothing is known then.
 */
static enum status survey(struct corpus *corpus, enum encoding encoding, bool strict,
                          bool *complete, struct error *error) {
    struct census *census;
    enum status status = census_create(encoding, &census, error);
    corpus->encoding = encoding;
    corpus->length = 0;
    *complete = true;
    for (size_t i = 0; i < corpus->source_count && status == CHARNN_OK && *complete; i++) {
        struct source *source = &corpus->sources[i];
        if (encoding == CHARNN_ENCODING_BYTES) {
            scan_bytes(source, census);
        } else {
            status = scan_utf8(source, census, strict, error);
            *complete = !strict || !census_has_raw_bytes(census);
        }
        source->first = corpus->length;
        corpus->length += source->symbols;
    }
    if (status == CHARNN_OK && *complete) {
        status = collect_codes(corpus, census, error);
    }
    census_destroy(census);
    return status;
}

static enum status open_sources(struct corpus *corpus, const char *const *paths, size_t count,
                                struct error *error) {
    void *memory;
    if (memory_allocate(count, sizeof corpus->sources[0], "the list of files", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    corpus->sources = memory;
    for (size_t i = 0; i < count; i++) {
        if (file_bytes_init(&corpus->sources[i].bytes, paths[i], error) != CHARNN_OK) {
            return error->status;
        }
        corpus->source_count++;
        corpus->bytes += corpus->sources[i].bytes.size;
    }
    if (corpus->bytes > 0) {
        return CHARNN_OK;
    }
    const char *name = strcmp(paths[0], "-") == 0 ? "standard input" : paths[0];
    if (count == 1) {
        return error_set(error, CHARNN_ERROR_DATA, "%s is empty: give a text with characters in it",
                         name);
    }
    return error_set(error, CHARNN_ERROR_DATA,
                     "%s is empty, and so are the other %zu files: give a text with characters in "
                     "it",
                     name, count - 1);
}

/* A NUL is in no text, but in most files that are something else: compressed, or a program. */
static enum status refuse_nul(const struct corpus *corpus, const char *const *paths,
                              struct error *error) {
    for (size_t i = 0; corpus->codes[0] == 0 && i < corpus->source_count; i++) {
        const struct file_bytes *bytes = &corpus->sources[i].bytes;
        const unsigned char *nul = bytes->size > 0 ? memchr(bytes->data, 0, bytes->size) : NULL;
        if (nul != NULL) {
            return error_set(
                error, CHARNN_ERROR_DATA,
                "%s has a NUL byte at offset %zu, so it seems not to be text; to use it "
                "as it is, say --encoding bytes",
                paths[i], (size_t)(nul - bytes->data));
        }
    }
    return CHARNN_OK;
}

enum status corpus_open(const char *const *paths, size_t count, enum encoding encoding,
                        struct corpus **corpus, struct error *error) {
    assert(count >= 1);
    *corpus = NULL;
    void *memory;
    enum status status = memory_allocate(1, sizeof **corpus, "the corpus", &memory, error);
    if (status != CHARNN_OK) {
        return status;
    }
    struct corpus *opened = memory;
    bool complete = false;
    status = open_sources(opened, paths, count, error);
    if (status == CHARNN_OK && encoding != CHARNN_ENCODING_BYTES) {
        bool strict = encoding == CHARNN_ENCODING_AUTO;
        status = survey(opened, CHARNN_ENCODING_UTF8, strict, &complete, error);
    }
    if (status == CHARNN_OK && !complete) {
        status = survey(opened, CHARNN_ENCODING_BYTES, false, &complete, error);
    }
    if (status == CHARNN_OK && encoding == CHARNN_ENCODING_AUTO) {
        status = refuse_nul(opened, paths, error);
    }
    if (status != CHARNN_OK) {
        corpus_close(opened);
        return status;
    }
    *corpus = opened;
    return CHARNN_OK;
}

void corpus_close(struct corpus *corpus) {
    if (corpus == NULL) {
        return;
    }
    memory_free(corpus->codes);
    for (size_t i = 0; i < corpus->source_count; i++) {
        memory_free(corpus->sources[i].marks);
        file_bytes_deinit(&corpus->sources[i].bytes);
    }
    memory_free(corpus->sources);
    memory_free(corpus);
}

size_t corpus_length(const struct corpus *corpus) {
    return corpus->length;
}

size_t corpus_bytes(const struct corpus *corpus) {
    return corpus->bytes;
}

enum encoding corpus_encoding(const struct corpus *corpus) {
    return corpus->encoding;
}

uint64_t corpus_checksum(const struct corpus *corpus) {
    uint64_t hash = 0;
    for (size_t i = 0; i < corpus->source_count; i++) {
        const struct file_bytes *bytes = &corpus->sources[i].bytes;
        hash = hash_bytes(bytes->data, bytes->size, hash);
    }
    return hash;
}

enum status corpus_build_vocab(const struct corpus *corpus, struct vocab **vocab,
                               struct error *error) {
    return vocab_create(corpus->encoding, corpus->codes, corpus->code_count, vocab, error);
}

enum status corpus_check_vocab(const struct corpus *corpus, const struct vocab *vocab,
                               struct error *error) {
    assert(vocab_encoding(vocab) == corpus->encoding);
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
    if (unknown == 1) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the text has a character the model has not seen: %s; replace it in the "
                         "text",
                         name);
    }
    return error_set(error, CHARNN_ERROR_DATA,
                     "the text has %zu characters the model has not seen, among them %s; replace "
                     "them in the text",
                     unknown, name);
}

/* The last file that begins at or before `position`; empty files begin where the next one does. */
static size_t find_source(const struct corpus *corpus, size_t position) {
    size_t low = 0;
    size_t high = corpus->source_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (corpus->sources[middle].first <= position) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The byte offset `count` symbols behind `offset`, which must exist. */
static size_t skip_utf8(const struct file_bytes *bytes, size_t offset, size_t count) {
    while (count > 0) {
        if (count >= CHARNN_SYMBOL_WORD && bytes->size - offset >= CHARNN_SYMBOL_WORD &&
            symbol_word_is_ascii(bytes->data + offset)) {
            offset += CHARNN_SYMBOL_WORD;
            count -= CHARNN_SYMBOL_WORD;
            continue;
        }
        uint32_t code;
        offset +=
            symbol_decode(CHARNN_ENCODING_UTF8, bytes->data + offset, bytes->size - offset, &code);
        count--;
    }
    return offset;
}

void corpus_seek(const struct corpus *corpus, size_t position, struct corpus_cursor *cursor) {
    assert(position <= corpus->length);
    cursor->source = find_source(corpus, position);
    const struct source *source = &corpus->sources[cursor->source];
    size_t local = position - source->first;
    if (local == source->symbols) {
        cursor->offset = source->bytes.size;
    } else if (source->marks == NULL) {
        cursor->offset = local;
    } else {
        cursor->offset =
            skip_utf8(&source->bytes, source->marks[local / MARK_INTERVAL], local % MARK_INTERVAL);
    }
}

/* corpus_read() within one file. */
static size_t read_source(const struct file_bytes *bytes, enum encoding encoding, size_t *offset,
                          const struct vocab *vocab, size_t count, int32_t *ids) {
    size_t done = 0;
    while (done < count && *offset < bytes->size) {
        uint32_t code;
        *offset += symbol_decode(encoding, bytes->data + *offset, bytes->size - *offset, &code);
        ids[done++] = vocab_find(vocab, code);
    }
    return done;
}

size_t corpus_read(const struct corpus *corpus, struct corpus_cursor *cursor,
                   const struct vocab *vocab, size_t count, int32_t *ids) {
    size_t done = 0;
    while (done < count) {
        const struct file_bytes *bytes = &corpus->sources[cursor->source].bytes;
        done +=
            read_source(bytes, corpus->encoding, &cursor->offset, vocab, count - done, ids + done);
        if (cursor->offset == bytes->size) {
            if (cursor->source + 1 == corpus->source_count) {
                break;
            }
            cursor->source++;
            cursor->offset = 0;
        }
    }
    return done;
}

/* Enough for the rounding of a sum of two decimals, too little to move a character. */
static const double WHOLE = 1 - 1e-12;

static size_t take_fraction(size_t length, double fraction) {
    return fraction >= WHOLE ? length : (size_t)((double)length * fraction);
}

void corpus_split(size_t length, double train_frac, double val_frac,
                  struct split splits[CHARNN_SPLITS]) {
    assert(train_frac >= 0 && val_frac >= 0 && train_frac + val_frac <= 2 - WHOLE);
    size_t train_end = take_fraction(length, train_frac);
    size_t val_end = take_fraction(length, train_frac + val_frac);
    splits[CHARNN_SPLIT_TRAIN] = (struct split){0, train_end};
    splits[CHARNN_SPLIT_VAL] = (struct split){train_end, val_end};
    splits[CHARNN_SPLIT_TEST] = (struct split){val_end, length};
}
