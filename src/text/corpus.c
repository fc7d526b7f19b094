#include "text/corpus.h"

#include "base/memory.h"
#include "base/text.h"
#include "base/xxh64.h"
#include "text/census.h"
#include "text/corpus_data.h"
#include "text/files/foreign.h"
#include "text/records.h"

#include <assert.h>

/* A pass over all files under one encoding. */
struct scan {
    struct corpus *corpus;
    struct census *census;
    const struct corpus_format *format;
    bool strict; /* stop at the first raw byte: the text is not UTF-8 */
};

static bool has_stopped(const struct scan *scan) {
    return scan->strict && census_has_raw_bytes(scan->census);
}

static enum status scan_symbols(struct scan *scan, struct source *source, struct error *error) {
    size_t size = source->bytes.size;
    memory_free(source->marks); /* of an encoding tried before */
    if (MEMORY_NEW(&source->marks, size / MARK_INTERVAL + 1, "the corpus's index", error) !=
        CHARNN_OK) {
        return error->status;
    }
    source->symbols = 0;
    size_t mark = 0;
    for (size_t offset = source->start; offset < size && !has_stopped(scan);) {
        source->marks[mark++] = offset;
        offset += census_add(scan->census, source->bytes.data + offset, size - offset,
                             MARK_INTERVAL, &source->symbols);
    }
    if (source->symbols == size) {
        memory_free(source->marks);
        source->marks = NULL;
    }
    scan->corpus->length += source->symbols;
    return CHARNN_OK;
}

static enum status refuse_record(const struct scan *scan, const struct source *source, size_t begin,
                                 struct error *error) {
    char text[80];
    struct text shown = text_start(text, sizeof text);
    text_add_escaped(&shown, scan->format->learn_after, "");
    size_t line = 1;
    for (size_t i = 0; i < begin; i++) {
        line += source->bytes.data[i] == '\n';
    }
    const char *name = corpus_file(scan->corpus, (size_t)(source - scan->corpus->sources));
    return error_set(error, CHARNN_ERROR_DATA,
                     "%s: the record at line %zu lacks the text '%s', after which a record is to "
                     "be learned (--learn-after); add it, remove the record, or train with "
                     "--learn-after '' on whole records",
                     strcmp(name, "-") == 0 ? "standard input" : name, line, text);
}

/* Finds the answer of a record, and counts the record's symbols. */
static enum status scan_record(struct scan *scan, struct record *record, struct error *error) {
    struct corpus *corpus = scan->corpus;
    const struct source *source = &corpus->sources[record->source];
    const unsigned char *data = source->bytes.data;
    const char *mark = scan->format->learn_after;
    size_t before = corpus->length;
    record->answer = record->begin;
    if (mark != NULL) {
        record->answer += records_find_end(mark, corpus->join_newlines, data + record->begin,
                                           record->end - record->begin);
        if (record->answer == record->begin) {
            return refuse_record(scan, source, record->begin, error);
        }
        (void)census_add(scan->census, data + record->begin, record->answer - record->begin,
                         SIZE_MAX, &corpus->length);
    }
    record->question = corpus->length - before;
    (void)census_add(scan->census, data + record->answer, record->end - record->answer, SIZE_MAX,
                     &corpus->length);
    return CHARNN_OK;
}

static enum status scan_records(struct scan *scan, size_t source_index, struct error *error) {
    struct corpus *corpus = scan->corpus;
    struct source *source = &corpus->sources[source_index];
    const unsigned char *data = source->bytes.data + source->start;
    struct record record = {.source = source_index};
    size_t next = 0;
    size_t begin;
    size_t end;
    while (!has_stopped(scan) &&
           records_next(scan->format->records, corpus->join_newlines, data,
                        source->bytes.size - source->start, &next, &begin, &end)) {
        record.first = corpus->length++;
        record.begin = source->start + begin;
        record.end = source->start + end;
        if (scan_record(scan, &record, error) != CHARNN_OK ||
            record_index_add(corpus->records, record, error) != CHARNN_OK) {
            return error->status;
        }
    }
    source->symbols = corpus->length - source->first;
    return CHARNN_OK;
}

static enum status scan_files(struct scan *scan, struct error *error) {
    struct corpus *corpus = scan->corpus;
    enum status status = CHARNN_OK;
    for (size_t i = 0; i < corpus->source_count && status == CHARNN_OK && !has_stopped(scan); i++) {
        struct source *source = &corpus->sources[i];
        source->first = corpus->length;
        source->start =
            corpus->join_newlines ? utf8_bom_size(source->bytes.data, source->bytes.size) : 0;
        status = corpus->records != NULL ? scan_records(scan, i, error)
                                         : scan_symbols(scan, source, error);
    }
    if (status == CHARNN_OK && corpus->records != NULL && corpus->length > 0) {
        status = record_index_finish(corpus->records, corpus->length++, error);
    }
    return status;
}

static enum status collect_codes(struct scan *scan, struct error *error) {
    struct corpus *corpus = scan->corpus;
    corpus->code_count = census_codes(scan->census, NULL);
    if (MEMORY_NEW(&corpus->codes, corpus->code_count, "the corpus's symbols", error) ==
        CHARNN_OK) {
        (void)census_codes(scan->census, corpus->codes);
    }
    return corpus->codes != NULL ? CHARNN_OK : error->status;
}

/* Counts and collects the symbols of all files. *complete is false if a strict scan stopped. */
static enum status scan_corpus(struct corpus *corpus, const struct corpus_format *format,
                               enum encoding encoding, bool strict, bool *complete,
                               struct error *error) {
    struct scan scan = {.corpus = corpus, .format = format, .strict = strict};
    corpus->encoding = encoding;
    corpus->length = 0;
    record_index_destroy(corpus->records); /* of an encoding tried before */
    corpus->records = NULL;
    enum status status = census_create(encoding, corpus->join_newlines, &scan.census, error);
    if (status == CHARNN_OK && format->records != NULL) {
        status = record_index_create(&corpus->records, error);
    }
    if (status == CHARNN_OK) {
        status = scan_files(&scan, error);
    }
    if (status == CHARNN_OK) {
        *complete = !has_stopped(&scan);
        status = *complete ? collect_codes(&scan, error) : CHARNN_OK;
    }
    census_destroy(scan.census);
    return status;
}

static enum status open_files(struct corpus *corpus, const char *const *paths, size_t count,
                              const char *glob, struct error *error) {
    struct text_files *files = &corpus->files;
    if (text_files_init(files, paths, count, glob, error) != CHARNN_OK ||
        MEMORY_NEW(&corpus->sources, files->count, "the list of files", error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < files->count; i++) {
        corpus->sources[i].bytes = files->files[i];
    }
    corpus->source_count = files->count;
    return CHARNN_OK;
}

/* No text has a NUL, but most other files do: compressed ones, programs. */
static enum status refuse_nul(const struct corpus *corpus, struct error *error) {
    for (size_t i = 0; corpus->codes[0] == 0 && i < corpus->source_count; i++) {
        const struct file_bytes *bytes = &corpus->sources[i].bytes;
        const unsigned char *nul = bytes->size > 0 ? memchr(bytes->data, 0, bytes->size) : NULL;
        if (nul != NULL) {
            return error_set(error, CHARNN_ERROR_DATA,
                             "%s does not look like text: it has a NUL byte at offset %zu; --glob "
                             "selects the files of a folder by name; --encoding bytes or "
                             "--encoding utf8 accepts the file as it is",
                             corpus_file(corpus, i), (size_t)(nul - bytes->data));
        }
    }
    return CHARNN_OK;
}

static enum status refuse_foreign(const struct corpus *corpus, struct error *error) {
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < corpus->source_count; i++) {
        const struct file_bytes *bytes = &corpus->sources[i].bytes;
        status = foreign_refuse(corpus_file(corpus, i), bytes->data, bytes->size, error);
    }
    return status;
}

/* Byte order marks and record separators alone are no text. */
static enum status refuse_empty(const struct corpus *corpus, struct error *error) {
    const char *name = corpus_file(corpus, 0);
    name = strcmp(name, "-") == 0 ? "standard input" : name;
    if (corpus->length > 0) {
        return CHARNN_OK;
    }
    if (corpus->records != NULL) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s has no records: it has nothing but separators (--records)", name);
    }
    if (corpus->source_count > 1) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s is empty, and so are the other %zu files: give a text with characters "
                         "in it",
                         name, corpus->source_count - 1);
    }
    return error_set(error, CHARNN_ERROR_DATA, "%s is empty: give a text with characters in it",
                     name);
}

enum status corpus_open(const char *const *paths, size_t count, const struct corpus_format *format,
                        struct corpus **corpus, struct error *error) {
    assert(count >= 1);
    struct corpus *opened;
    *corpus = NULL;
    if (MEMORY_NEW(&opened, 1, "the corpus", error) != CHARNN_OK) {
        return error->status;
    }
    opened->join_newlines = format->unix_newlines;
    bool detect = format->encoding == CHARNN_ENCODING_AUTO;
    bool complete = false;
    enum status status = open_files(opened, paths, count, format->glob, error);
    if (status == CHARNN_OK && format->encoding != CHARNN_ENCODING_BYTES) {
        status = refuse_foreign(opened, error);
    }
    if (status == CHARNN_OK && format->encoding != CHARNN_ENCODING_BYTES) {
        status = scan_corpus(opened, format, CHARNN_ENCODING_UTF8, detect, &complete, error);
    }
    if (status == CHARNN_OK && !complete) {
        status = scan_corpus(opened, format, CHARNN_ENCODING_BYTES, false, &complete, error);
    }
    if (status == CHARNN_OK) {
        status = refuse_empty(opened, error);
    }
    if (status == CHARNN_OK && detect) {
        status = refuse_nul(opened, error);
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
    record_index_destroy(corpus->records);
    memory_free(corpus->codes);
    for (size_t i = 0; i < corpus->source_count; i++) {
        memory_free(corpus->sources[i].marks);
    }
    memory_free(corpus->sources);
    text_files_deinit(&corpus->files);
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

size_t corpus_file_count(const struct corpus *corpus) {
    return corpus->files.list.count;
}

const char *corpus_file(const struct corpus *corpus, size_t index) {
    return corpus->files.list.paths[index];
}

size_t corpus_repeated_files(const struct corpus *corpus) {
    return corpus->files.list.repeated;
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
    return corpus->encoding;
}

bool corpus_find_raw_byte(const struct corpus *corpus, size_t *file, size_t *offset) {
    for (size_t i = 0; i < corpus->source_count; i++) {
        const struct file_bytes *bytes = &corpus->sources[i].bytes;
        size_t valid = utf8_prefix(bytes->data, bytes->size);
        if (valid < bytes->size) {
            *file = i;
            *offset = valid;
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
