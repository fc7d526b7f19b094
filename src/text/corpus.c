#include "text/corpus.h"

#include "base/memory.h"
#include "base/xxh64.h"
#include "text/census.h"
#include "text/corpus_internal.h"

#include <assert.h>
#include <string.h>

/*
 * Takes in one file and notes where its symbols lie. With `strict`, gives up at raw bytes:
 * the caller then falls back to bytes.
 */
static enum status scan_symbols(struct source *source, struct census *census, bool strict,
                                struct error *error) {
    size_t size = source->bytes.size;
    void *memory;
    if (memory_allocate(size / MARK_INTERVAL + 1, sizeof source->marks[0], "the corpus's index",
                        &memory, error) != CHARNN_OK) {
        return error->status;
    }
    memory_free(source->marks); /* of an encoding that was not it */
    source->marks = memory;
    source->symbols = 0;
    size_t mark = 0;
    for (size_t offset = source->start; offset < size;) {
        source->marks[mark++] = offset;
        offset += census_add(census, source->bytes.data + offset, size - offset, MARK_INTERVAL,
                             &source->symbols);
        if (strict && census_has_raw_bytes(census)) {
            return CHARNN_OK;
        }
    }
    if (source->symbols == size) { /* each a byte */
        memory_free(source->marks);
        source->marks = NULL;
    }
    return CHARNN_OK;
}

/* Bytes that are all symbols need no notes. */
static void scan_bytes(struct source *source, struct census *census) {
    memory_free(source->marks);
    source->marks = NULL;
    source->symbols = 0;
    (void)census_add(census, source->bytes.data, source->bytes.size, source->bytes.size,
                     &source->symbols);
}

/* Takes in the records of file i, and notes where they lie. With `strict` as in scan_symbols(). */
static enum status scan_records(struct corpus *corpus, size_t i, struct census *census, bool strict,
                                struct error *error) {
    const struct source *source = &corpus->sources[i];
    const unsigned char *data = source->bytes.data + source->start;
    struct record record = {.source = i};
    size_t next = 0;
    size_t begin;
    size_t end;
    while (records_next(corpus->format.records, corpus->format.unix_newlines, data,
                        source->bytes.size - source->start, &next, &begin, &end)) {
        record.first = corpus->length++;
        record.begin = source->start + begin;
        record.end = source->start + end;
        (void)census_add(census, data + begin, end - begin, SIZE_MAX, &corpus->length);
        if (strict && census_has_raw_bytes(census)) {
            return CHARNN_OK;
        }
        if (record_index_add(corpus->records, record, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
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

/* Takes in file i, whichever way its symbols are found. */
static enum status scan_source(struct corpus *corpus, size_t i, struct census *census, bool strict,
                               struct error *error) {
    struct source *source = &corpus->sources[i];
    const struct corpus_format *format = &corpus->format;
    source->start =
        format->unix_newlines ? text_mark_size(source->bytes.data, source->bytes.size) : 0;
    if (corpus->records != NULL) {
        return scan_records(corpus, i, census, strict, error);
    }
    enum status status = CHARNN_OK;
    if (format->encoding == CHARNN_ENCODING_BYTES && !format->unix_newlines) {
        scan_bytes(source, census);
    } else {
        status = scan_symbols(source, census, strict, error);
    }
    source->first = corpus->length;
    corpus->length += source->symbols;
    return status;
}

/* An empty index of records, in place of one for an encoding that was not it. */
static enum status begin_index(struct corpus *corpus, struct error *error) {
    record_index_destroy(corpus->records);
    corpus->records = NULL;
    return corpus->format.records != NULL ? record_index_create(&corpus->records, error)
                                          : CHARNN_OK;
}

/* The end symbol after all records. */
static enum status end_index(struct corpus *corpus, struct error *error) {
    return corpus->records != NULL && corpus->length > 0
               ? record_index_finish(corpus->records, corpus->length++, error)
               : CHARNN_OK;
}

/*
 * Counts and collects the symbols of all files, taken as `encoding`. *complete is false where
 * `strict` asks for well-formed text and it is not; nothing is known then.
 */
static enum status survey(struct corpus *corpus, enum encoding encoding, bool strict,
                          bool *complete, struct error *error) {
    struct census *census;
    struct corpus_format *format = &corpus->format;
    enum status status = census_create(encoding, format->unix_newlines, &census, error);
    format->encoding = encoding;
    corpus->length = 0;
    *complete = true;
    if (status == CHARNN_OK) {
        status = begin_index(corpus, error);
    }
    for (size_t i = 0; i < corpus->source_count && status == CHARNN_OK && *complete; i++) {
        status = scan_source(corpus, i, census, strict, error);
        *complete = !strict || !census_has_raw_bytes(census);
    }
    if (status == CHARNN_OK && *complete) {
        status = end_index(corpus, error);
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
    struct text_files *files = &corpus->files;
    if (text_files_init(files, paths, count, corpus->format.glob, error) != CHARNN_OK ||
        memory_allocate(files->count, sizeof corpus->sources[0], "the list of files", &memory,
                        error) != CHARNN_OK) {
        return error->status;
    }
    corpus->sources = memory;
    for (size_t i = 0; i < files->count; i++) {
        corpus->sources[i].bytes = files->files[i].bytes;
    }
    corpus->source_count = files->count;
    return CHARNN_OK;
}

/* A NUL is in no text, but in most files that are something else: compressed, or a program. */
static enum status refuse_nul(const struct corpus *corpus, struct error *error) {
    for (size_t i = 0; corpus->codes[0] == 0 && i < corpus->source_count; i++) {
        const struct file_bytes *bytes = &corpus->sources[i].bytes;
        const unsigned char *nul = bytes->size > 0 ? memchr(bytes->data, 0, bytes->size) : NULL;
        if (nul != NULL) {
            return error_set(error, CHARNN_ERROR_DATA,
                             "%s has a NUL byte at offset %zu, so it seems not to be text; of a "
                             "folder --glob takes the files of some names alone; to use it as it "
                             "is, say --encoding bytes or --encoding utf8",
                             corpus_file(corpus, i), (size_t)(nul - bytes->data));
        }
    }
    return CHARNN_OK;
}

/* Byte order marks alone are no text, nor is what separates records. */
static enum status refuse_empty(const struct corpus *corpus, struct error *error) {
    if (corpus->length > 0) {
        return CHARNN_OK;
    }
    if (corpus->format.records != NULL) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s has no records: nothing is left beside what --records says to be "
                         "between them",
                         corpus_file(corpus, 0));
    }
    return error_set(error, CHARNN_ERROR_DATA, "%s is empty: give a text with characters in it",
                     corpus_file(corpus, 0));
}

enum status corpus_open(const char *const *paths, size_t count, const struct corpus_format *format,
                        struct corpus **corpus, struct error *error) {
    assert(count >= 1);
    *corpus = NULL;
    void *memory;
    enum status status = memory_allocate(1, sizeof **corpus, "the corpus", &memory, error);
    if (status != CHARNN_OK) {
        return status;
    }
    struct corpus *opened = memory;
    enum encoding encoding = format->encoding;
    bool complete = false;
    opened->format = *format;
    status = open_sources(opened, paths, count, error);
    if (status == CHARNN_OK && encoding != CHARNN_ENCODING_BYTES) {
        bool strict = encoding == CHARNN_ENCODING_AUTO;
        status = survey(opened, CHARNN_ENCODING_UTF8, strict, &complete, error);
    }
    if (status == CHARNN_OK && !complete) {
        status = survey(opened, CHARNN_ENCODING_BYTES, false, &complete, error);
    }
    if (status == CHARNN_OK) {
        status = refuse_empty(opened, error);
    }
    if (status == CHARNN_OK && encoding == CHARNN_ENCODING_AUTO) {
        status = refuse_nul(opened, error);
    }
    if (status != CHARNN_OK) {
        corpus_close(opened);
        return status;
    }
    opened->format.glob = NULL; /* the caller's */
    opened->format.records = NULL;
    *corpus = opened;
    return CHARNN_OK;
}

void corpus_close(struct corpus *corpus) {
    if (corpus == NULL) {
        return;
    }
    record_index_destroy(corpus->records);
    memory_free(corpus->codes);
    for (size_t i = 0; i < corpus->source_count; i++) {
        memory_free(corpus->sources[i].marks);
    }
    text_files_deinit(&corpus->files);
    memory_free(corpus->sources);
    memory_free(corpus);
}

size_t corpus_length(const struct corpus *corpus) {
    return corpus->length;
}

size_t corpus_records(const struct corpus *corpus) {
    return corpus->records != NULL ? record_index_count(corpus->records) : 0;
}

size_t corpus_record_start(const struct corpus *corpus, size_t i) {
    return record_index_at(corpus->records, i)->first;
}

size_t corpus_record_at(const struct corpus *corpus, size_t position) {
    return record_index_find(corpus->records, position);
}

size_t corpus_bytes(const struct corpus *corpus) {
    return corpus->files.size;
}

size_t corpus_file_count(const struct corpus *corpus) {
    return corpus->files.list.count;
}

const char *corpus_file(const struct corpus *corpus, size_t index) {
    return corpus->files.list.paths[index];
}

size_t corpus_spooled(const struct corpus *corpus) {
    return text_files_spooled(&corpus->files);
}

struct corpus_memory corpus_memory(const struct corpus *corpus) {
    struct corpus_memory memory = {0};
    for (size_t i = 0; i < corpus->source_count; i++) {
        const struct source *source = &corpus->sources[i];
        if (source->marks != NULL) {
            memory.held += (source->bytes.size / MARK_INTERVAL + 1) * sizeof source->marks[0];
        }
    }
    memory.most = memory.held + census_memory();
    return memory;
}

enum encoding corpus_encoding(const struct corpus *corpus) {
    return corpus->format.encoding;
}

bool corpus_find_raw_byte(const struct corpus *corpus, size_t *file, size_t *offset) {
    for (size_t i = 0; i < corpus->source_count; i++) {
        const struct file_bytes *bytes = &corpus->sources[i].bytes;
        size_t size = text_utf8_size(bytes->data, bytes->size);
        if (size < bytes->size) {
            *file = i;
            *offset = size;
            return true;
        }
    }
    return false;
}

size_t corpus_count_text(const struct corpus *corpus, const void *text, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < corpus->source_count; i++) {
        const unsigned char *at = corpus->sources[i].bytes.data;
        const unsigned char *end = at + corpus->sources[i].bytes.size;
        while (at < end && (at = memmem(at, (size_t)(end - at), text, length)) != NULL) {
            at += length;
            count++;
        }
    }
    return count;
}

uint64_t corpus_checksum(const struct corpus *corpus) {
    uint64_t hash = 0;
    for (size_t i = 0; i < corpus->source_count; i++) {
        const struct file_bytes *bytes = &corpus->sources[i].bytes;
        hash = xxh64_bytes(bytes->data, bytes->size, hash);
    }
    return hash;
}
