/*
 * Records: for any bytes and any rule,
 *   - records and gaps cover the text; gaps contain only separators, and records contain none;
 *   - a corpus has the same records, unless the bytes begin like another format
 * (text/files/foreign.h);
 *   - the records, joined with separators, are found again.
 *
 * An input is a byte for the kind of the rule and the reading of the text; if the rule is a text, a
 * byte for its length and the rule; then the text.
 */
#include "base/xxh64.h"
#include "fuzz/input.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"
#include "text/files/foreign.h"
#include "text/records.h"

#include <stdlib.h>
#include <string.h>

/* One input in FILES_AMONG is also read as a file, because that is slow. */
enum { FILES_AMONG = 32 };

enum { RULE = 9, RECORDS = 4096 };

struct text {
    char rule[RULE];
    bool joined;
    enum encoding encoding;
    const unsigned char *data;
    size_t size;
};

struct span {
    size_t begin, end;
};

/* ---- separators ------------------------------------------------------------------------------
 */

/* The size of a newline at `at`: LF, or CR LF if `joined`; else 0. */
static size_t newline_at(const struct text *t, size_t at, bool joined) {
    bool pair = joined && t->size - at >= 2 && t->data[at] == '\r' && t->data[at + 1] == '\n';
    return pair ? 2 : at < t->size && t->data[at] == '\n';
}

/* The size of `part`, a part of the rule, at `at`; else 0. */
static size_t text_at(const struct text *t, const char *part, size_t at) {
    size_t end = at;
    for (; *part != '\0'; part++) {
        bool has_pair = part[0] == '\r' && part[1] == '\n';
        size_t newline = has_pair ? 0 : newline_at(t, end, t->joined);
        size_t size = *part == '\n'
                          ? newline
                          : newline == 0 && end < t->size && t->data[end] == (unsigned char)*part;
        if (size == 0) {
            return 0;
        }
        end += size;
    }
    return end - at;
}

/* The size of a blank line at `at`, with its end; else 0. */
static size_t blank_line_at(const struct text *t, size_t at) {
    size_t end = at;
    while (end < t->size && (t->data[end] == ' ' || t->data[end] == '\t')) {
        end++;
    }
    size_t newline = newline_at(t, end, true);
    return newline > 0 || end == t->size ? end + newline - at : 0;
}

/* The size of a separator at `at`; else 0. `begun`: a record may begin there. */
static size_t separator_at(const struct text *t, size_t at, bool begun) {
    if (strcmp(t->rule, "line") == 0) {
        return newline_at(t, at, true);
    }
    if (strcmp(t->rule, "blank") == 0) {
        return begun ? blank_line_at(t, at) : newline_at(t, at, true);
    }
    size_t size = text_at(t, t->rule, at);
    if (size == 0 && t->rule[0] == '\n') {
        bool line_begins = begun && (at == 0 || t->data[at - 1] == '\n');
        size_t newline = newline_at(t, at, t->joined);
        size = line_begins ? text_at(t, t->rule + 1, at) : 0;
        size = size == 0 && at + newline == t->size ? newline : size;
    }
    return size;
}

/* [begin, end) must consist of separators. `first`: no record comes before it. */
static void check_gap(const struct text *t, size_t begin, size_t end, bool first) {
    bool begun = first;
    size_t at = begin;
    while (at < end) {
        size_t size = separator_at(t, at, begun);
        input_check(size > 0, "only separators between records");
        at += size;
        begun = true;
    }
    input_check(at == end, "whole separators");
    bool between = !first && end < t->size;
    if (between && strcmp(t->rule, "blank") == 0) {
        input_check(newline_at(t, begin, true) < end - begin, "a blank line between records");
    }
}

/* No separator may begin in a record. */
static void check_record(const struct text *t, struct span record) {
    input_check(record.begin < record.end && record.end <= t->size, "a record");
    for (size_t at = record.begin; at < record.end; at++) {
        bool blank = strcmp(t->rule, "blank") == 0;
        bool line_begins = at == record.begin || t->data[at - 1] == '\n';
        bool found = blank                          ? line_begins && blank_line_at(t, at) > 0
                     : strcmp(t->rule, "line") == 0 ? newline_at(t, at, true) > 0
                                                    : text_at(t, t->rule, at) > 0;
        input_check(!found, "no separator in a record");
    }
}

/* ---- finding records --------------------------------------------------------------------------
 */

/* Fills spans[RECORDS] and returns their number. */
static size_t find_records(const struct text *t, struct span *spans) {
    size_t offset = 0;
    size_t count = 0;
    size_t end = 0;
    struct span span;
    while (records_next(t->rule, t->joined, t->data, t->size, &offset, &span.begin, &span.end)) {
        input_check(count < RECORDS && end <= span.begin && span.end <= offset &&
                        offset <= t->size && (count == 0 || end < span.begin),
                    "records in order, apart");
        check_gap(t, end, span.begin, count == 0);
        check_record(t, span);
        spans[count++] = span;
        end = span.end;
    }
    input_check(offset == t->size, "the whole text");
    check_gap(t, end, t->size, count == 0);
    return count;
}

/* Whether a record is found again unchanged if separators are put around it. */
static bool is_plain(const struct text *t, struct span record) {
    bool by_text = strcmp(t->rule, "line") != 0 && strcmp(t->rule, "blank") != 0;
    unsigned char last = t->data[record.end - 1];
    bool opens = by_text && t->rule[0] == '\n';
    return last != '\r' && /* it would join the newline */
           (!opens || (last != '\n' && text_at(t, t->rule + 1, record.begin) == 0));
}

/* Joins the records with separators, and finds them again. */
static void check_again(const struct text *t, const struct span *spans, size_t count) {
    const char *separator = records_separator(t->rule);
    size_t length = strlen(separator);
    unsigned char *data = malloc(t->size + count * length + 1);
    struct span *found = calloc(RECORDS, sizeof *found);
    size_t size = 0;
    input_check(data != NULL && found != NULL, "memory");
    for (size_t i = 0; i < count; i++) {
        memcpy(data + size, separator, i > 0 ? length : 0);
        size += i > 0 ? length : 0;
        memcpy(data + size, t->data + spans[i].begin, spans[i].end - spans[i].begin);
        size += spans[i].end - spans[i].begin;
    }
    struct text again = *t;
    again.data = data;
    again.size = size;
    input_check(find_records(&again, found) == count, "the same number of records");
    for (size_t i = 0; i < count; i++) {
        size_t bytes = spans[i].end - spans[i].begin;
        input_check(found[i].end - found[i].begin == bytes &&
                        memcmp(data + found[i].begin, t->data + spans[i].begin, bytes) == 0,
                    "the same records");
    }
    free(found);
    free(data);
}

/* ---- a corpus of records ----------------------------------------------------------------------
 */

/* The next symbol of the corpus. */
static uint32_t read_code(const struct corpus *corpus, struct corpus_cursor *cursor,
                          const struct vocab *vocab) {
    int32_t id = -1;
    input_check(corpus_read(corpus, cursor, vocab, 1, &id) == 1 && id >= 0, "a symbol");
    return vocab_code(vocab, id);
}

static void check_corpus(const struct text *t, const struct span *spans, size_t count,
                         const struct corpus *corpus, const struct vocab *vocab) {
    struct corpus_cursor cursor;
    size_t position = 0;
    corpus_seek(corpus, 0, &cursor);
    input_check(corpus_records(corpus) == count, "the same number of records in the corpus");
    for (size_t i = 0; i < count; i++) {
        input_check(corpus_record_start(corpus, i) == position, "the start of a record");
        input_check(read_code(corpus, &cursor, vocab) == CHARNN_SYMBOL_END, "an end");
        position++;
        size_t at = spans[i].begin;
        while (at < spans[i].end) {
            uint32_t code;
            struct corpus_cursor sought;
            input_check(corpus_record_at(corpus, position) == i, "the record of a position");
            corpus_seek(corpus, position++, &sought);
            at += symbol_decode_joined(t->encoding, t->joined, t->data + at, spans[i].end - at,
                                       &code);
            input_check(read_code(corpus, &sought, vocab) == code &&
                            read_code(corpus, &cursor, vocab) == code,
                        "the symbols of the record");
        }
    }
    int32_t id;
    input_check(read_code(corpus, &cursor, vocab) == CHARNN_SYMBOL_END,
                "an end after the last record");
    input_check(corpus_length(corpus) == position + 1 &&
                    corpus_read(corpus, &cursor, vocab, 1, &id) == 0,
                "nothing after the last end");
}

/* Reads the text from a file, with a byte order mark if it is skipped, as a corpus. */
static void check_file(const struct text *t, const struct span *spans, size_t count) {
    static const unsigned char mark[3] = {0xEF, 0xBB, 0xBF};
    struct error error = {0};
    struct corpus *corpus = NULL;
    struct vocab *vocab = NULL;
    unsigned char *file = malloc(sizeof mark + t->size);
    size_t before = t->joined ? sizeof mark : 0;
    input_check(file != NULL, "memory");
    memcpy(file, mark, before);
    memcpy(file + before, t->data, t->size);
    const char *path = input_file(file, before + t->size);
    const struct corpus_format format = {
        .encoding = t->encoding, .unix_newlines = t->joined, .records = t->rule};
    enum status status = corpus_open(&path, 1, &format, &corpus, &error);
    bool foreign =
        t->encoding == CHARNN_ENCODING_UTF8 && foreign_find(file, before + t->size) != NULL;
    input_check(status == (count > 0 && !foreign ? CHARNN_OK : CHARNN_ERROR_DATA),
                "a corpus of records");
    if (status == CHARNN_OK) {
        input_check(corpus_build_vocab(corpus, &vocab, &error) == CHARNN_OK, "a vocabulary");
        check_corpus(t, spans, count, corpus, vocab);
    }
    vocab_destroy(vocab);
    corpus_close(corpus);
    free(file);
}

/* ---- inputs -----------------------------------------------------------------------------------
 */

/* Takes the rule from the start of the input; false if it has none. */
static bool take_rule(struct text *t) {
    unsigned char kind = t->data[0];
    *t = (struct text){.joined = kind & 4,
                       .encoding = kind & 8 ? CHARNN_ENCODING_BYTES : CHARNN_ENCODING_UTF8,
                       .data = t->data + 1,
                       .size = t->size - 1};
    if (kind % 4 < 2) {
        memcpy(t->rule, kind % 4 == 0 ? "line" : "blank", kind % 4 == 0 ? 4 : 5);
        return true;
    }
    size_t length = t->size > 0 ? 1 + t->data[0] % (RULE - 1) : 0;
    if (length == 0 || t->size < 1 + length) {
        return false;
    }
    memcpy(t->rule, t->data + 1, length);
    t->data += 1 + length;
    t->size -= 1 + length;
    return t->rule[0] != '\0';
}

int fuzz_input(const uint8_t *data, size_t size) {
    struct text text = {.data = data, .size = size};
    if (size < 1 || size > RECORDS || !take_rule(&text)) {
        return 0;
    }
    struct span *spans = calloc(RECORDS, sizeof *spans);
    input_check(spans != NULL, "memory");
    size_t count = find_records(&text, spans);
    bool plain = true;
    for (size_t i = 0; i < count; i++) {
        plain = plain && is_plain(&text, spans[i]);
    }
    if (plain) {
        check_again(&text, spans, count);
    }
    if (xxh64_bytes(data, size, 0) % FILES_AMONG == 0) {
        check_file(&text, spans, count);
    }
    free(spans);
    return 0;
}
