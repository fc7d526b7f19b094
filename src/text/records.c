#include "text/records.h"

#include "base/memory.h"
#include "base/spool.h"

#include <assert.h>
#include <string.h>

/* ---- finding them -----------------------------------------------------------------------------
 */

/* The offset of the next LF at or after `from`, or `size`. */
static size_t find_newline(const unsigned char *text, size_t size, size_t from) {
    const unsigned char *found = from < size ? memchr(text + from, '\n', size - from) : NULL;
    return found != NULL ? (size_t)(found - text) : size;
}

/* Where the text of a line ends that begins at `begin` and whose LF, or the file's end, is at
 * `newline`. */
static size_t line_end(const unsigned char *text, size_t size, size_t begin, size_t newline) {
    bool pair = newline < size && newline > begin && text[newline - 1] == '\r';
    return pair ? newline - 1 : newline;
}

/* Whether [begin, end) has nothing but spaces and tabs. */
static bool is_blank(const unsigned char *text, size_t begin, size_t end) {
    while (begin < end && (text[begin] == ' ' || text[begin] == '\t')) {
        begin++;
    }
    return begin == end;
}

static size_t after_newline(size_t newline, size_t size) {
    return newline < size ? newline + 1 : size;
}

static void find_line(const unsigned char *text, size_t size, size_t *offset, size_t *end) {
    size_t newline = find_newline(text, size, *offset);
    *end = line_end(text, size, *offset, newline);
    *offset = after_newline(newline, size);
}

/* Lines up to one that is blank, which is passed by; `offset` is at the start of a line. */
static void find_paragraph(const unsigned char *text, size_t size, size_t *offset, size_t *end) {
    *end = *offset;
    while (*offset < size) {
        size_t begin = *offset;
        size_t line;
        find_line(text, size, offset, &line);
        if (is_blank(text, begin, line)) {
            return;
        }
        *end = line;
    }
}

/* A text that separates records. */
struct delimiter {
    const char *text;
    bool join_newlines;
};

/* The bytes at `at` that are the delimiter from its character `from` on; 0 where they are not. With
 * join_newlines the CR of a CR LF is no character of its own, but where the delimiter has it. */
static size_t match(const struct delimiter *delimiter, size_t from, const unsigned char *text,
                    size_t size, size_t at) {
    size_t end = at;
    for (const char *c = delimiter->text + from; *c != '\0'; c++) {
        bool has_pair = c[0] == '\r' && c[1] == '\n';
        bool pair = size - end >= 2 && text[end] == '\r' && text[end + 1] == '\n';
        end += delimiter->join_newlines && pair && !has_pair;
        if (end == size || text[end] != (unsigned char)*c) {
            return 0;
        }
        end++;
    }
    return end - at;
}

/* The offset of the delimiter at or after `from`, and its bytes; `size` and 0 where there is none.
 */
static size_t find_text(const struct delimiter *delimiter, const unsigned char *text, size_t size,
                        size_t from, size_t *length) {
    const unsigned char first = (unsigned char)delimiter->text[0];
    for (size_t next = from; next < size; next++) {
        const unsigned char *found = memchr(text + next, first, size - next);
        if (found == NULL) {
            break;
        }
        next = (size_t)(found - text);
        bool pair =
            delimiter->join_newlines && first == '\n' && next > from && text[next - 1] == '\r';
        size_t at = pair ? next - 1 : next;
        *length = match(delimiter, 0, text, size, at);
        if (*length > 0) {
            return at;
        }
    }
    *length = 0;
    return size;
}

/* An LF that ends the file, where the delimiter begins with one. */
static size_t without_newline(const struct delimiter *delimiter, const unsigned char *text,
                              size_t begin, size_t size) {
    if (delimiter->text[0] != '\n' || size == begin || text[size - 1] != '\n') {
        return size;
    }
    bool pair = delimiter->join_newlines && size - begin >= 2 && text[size - 2] == '\r';
    return size - (pair ? 2 : 1);
}

static void find_delimited(const struct delimiter *delimiter, const unsigned char *text,
                           size_t size, size_t *offset, size_t *end) {
    size_t begin = *offset;
    bool line_begins = begin == 0 || text[begin - 1] == '\n';
    if (delimiter->text[0] == '\n' && delimiter->text[1] != '\0' && line_begins) {
        size_t whole = match(delimiter, 0, text, size, begin);
        size_t again = whole > 0 ? whole : match(delimiter, 1, text, size, begin);
        if (again > 0) { /* nothing is before it */
            *end = begin;
            *offset += again;
            return;
        }
    }
    size_t length;
    *end = find_text(delimiter, text, size, begin, &length);
    *offset = *end + length;
    if (length == 0) {
        *end = without_newline(delimiter, text, begin, size);
    }
}

bool records_next(const char *rule, bool join_newlines, const unsigned char *text, size_t size,
                  size_t *offset, size_t *begin, size_t *end) {
    const struct delimiter delimiter = {rule, join_newlines};
    while (*offset < size) {
        *begin = *offset;
        if (strcmp(rule, "line") == 0) {
            find_line(text, size, offset, end);
        } else if (strcmp(rule, "blank") == 0) {
            find_paragraph(text, size, offset, end);
        } else {
            find_delimited(&delimiter, text, size, offset, end);
        }
        if (*end > *begin) {
            return true;
        }
    }
    return false;
}

const char *records_separator(const char *rule) {
    return strcmp(rule, "line") == 0 ? "\n" : strcmp(rule, "blank") == 0 ? "\n\n" : rule;
}

/* ---- the index --------------------------------------------------------------------------------
 */

enum { WAITING = 1024 };

struct record_index {
    struct spool *spool;
    size_t count;
    struct record *records;         /* [count + 1], once it is finished */
    bool sorted;                    /* by their keys */
    struct record waiting[WAITING]; /* to be written */
    size_t waiting_count;
};

enum status record_index_create(struct record_index **index, struct error *error) {
    void *memory;
    *index = NULL;
    if (memory_allocate(1, sizeof **index, "the index of records", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct record_index *made = memory;
    if (spool_create(&made->spool, error) != CHARNN_OK) {
        record_index_destroy(made);
        return error->status;
    }
    *index = made;
    return CHARNN_OK;
}

void record_index_destroy(struct record_index *index) {
    if (index != NULL) {
        spool_destroy(index->spool);
        memory_free(index);
    }
}

static enum status write_waiting(struct record_index *index, struct error *error) {
    size_t size = index->waiting_count * sizeof index->waiting[0];
    index->waiting_count = 0;
    return spool_write(index->spool, index->waiting, size, error);
}

enum status record_index_add(struct record_index *index, struct record record,
                             struct error *error) {
    assert(index->records == NULL);
    index->waiting[index->waiting_count++] = record;
    index->count++;
    return index->waiting_count == WAITING ? write_waiting(index, error) : CHARNN_OK;
}

enum status record_index_finish(struct record_index *index, size_t last, struct error *error) {
    unsigned char *data;
    if (record_index_add(index, (struct record){.first = last}, error) != CHARNN_OK ||
        write_waiting(index, error) != CHARNN_OK ||
        spool_map(index->spool, &data, error) != CHARNN_OK) {
        return error->status;
    }
    index->count--;
    index->records = (void *)data;
    return CHARNN_OK;
}

size_t record_index_count(const struct record_index *index) {
    return index->count;
}

const struct record *record_index_at(const struct record_index *index, size_t i) {
    assert(i <= index->count);
    return &index->records[i];
}

/* Those of [low, high) whose key has not the bit come first; returns where the others begin. */
static size_t divide(struct record *records, size_t low, size_t high, uint64_t bit) {
    while (low < high) {
        if ((records[low].key & bit) == 0) {
            low++;
        } else {
            struct record other = records[--high];
            records[high] = records[low];
            records[low] = other;
        }
    }
    return low;
}

/* A radix exchange sort, which needs no memory: of each bit one range waits while the other is
 * divided. */
static void sort_records(struct record *records, size_t count) {
    enum { BITS = 64 };
    struct {
        size_t begin, end;
        unsigned bits; /* that are still to be looked at */
    } waiting[BITS + 1] = {{0, count, BITS}};
    size_t depth = 1;
    while (depth > 0) {
        size_t begin = waiting[--depth].begin;
        size_t end = waiting[depth].end;
        unsigned bits = waiting[depth].bits;
        if (end - begin >= 2 && bits > 0) {
            size_t middle = divide(records, begin, end, UINT64_C(1) << --bits);
            waiting[depth].end = middle;
            waiting[depth++].bits = bits;
            waiting[depth].begin = middle;
            waiting[depth].end = end;
            waiting[depth++].bits = bits;
        }
    }
}

void record_index_sort(struct record_index *index, record_key *key, const void *context) {
    struct record *records = index->records;
    for (size_t i = 0; i < index->count; i++) {
        records[i].key = key(context, &records[i]);
        records[i].first = records[i + 1].first - records[i].first; /* for now, its symbols */
    }
    sort_records(records, index->count);
    size_t next = 0;
    for (size_t i = 0; i < index->count; i++) {
        size_t symbols = records[i].first;
        records[i].first = next;
        next += symbols;
    }
    index->sorted = true;
}

bool record_index_is_sorted(const struct record_index *index) {
    return index->sorted;
}

size_t record_index_find(const struct record_index *index, size_t position) {
    size_t low = 0;
    size_t high = index->count + 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (index->records[middle].first <= position) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}
