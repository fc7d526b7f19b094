#include "text/record_index.h"

#include "base/files/spool.h"
#include "base/memory.h"

#include <assert.h>

enum { BUFFERED = 1024 };

struct record_index {
    struct spool *spool;
    size_t count;
    struct record *records; /* [count + 1], once finished */
    bool sorted;
    struct record buffer[BUFFERED]; /* not yet written */
    size_t buffered;
};

enum status record_index_create(struct record_index **index, struct error *error) {
    if (MEMORY_NEW(index, 1, "the index of records", error) == CHARNN_OK &&
        spool_create(&(*index)->spool, error) != CHARNN_OK) {
        record_index_destroy(*index);
        *index = NULL;
    }
    return *index != NULL ? CHARNN_OK : error->status;
}

void record_index_destroy(struct record_index *index) {
    if (index != NULL) {
        spool_destroy(index->spool);
        memory_free(index);
    }
}

static enum status flush(struct record_index *index, struct error *error) {
    size_t size = index->buffered * sizeof index->buffer[0];
    index->buffered = 0;
    return spool_write(index->spool, index->buffer, size, error);
}

enum status record_index_add(struct record_index *index, struct record record,
                             struct error *error) {
    assert(index->records == NULL);
    index->buffer[index->buffered++] = record;
    index->count++;
    return index->buffered == BUFFERED ? flush(index, error) : CHARNN_OK;
}

enum status record_index_finish(struct record_index *index, size_t last, struct error *error) {
    unsigned char *data;
    if (record_index_add(index, (struct record){.first = last}, error) != CHARNN_OK ||
        flush(index, error) != CHARNN_OK || spool_map(index->spool, &data, error) != CHARNN_OK) {
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

/* Moves records of [low, high) without the bit before those with it; returns where these begin. */
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

/* A radix exchange sort, which needs no memory: one range of each bit waits while the other is
 * divided. */
static void sort_records(struct record *records, size_t count) {
    enum { BITS = 64 };
    struct {
        size_t begin, end;
        unsigned bits; /* not yet compared */
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
        records[i].first = records[i + 1].first - records[i].first; /* its symbols, until sorted */
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

bool record_index_is_copy(const struct record_index *index, size_t i) {
    const struct record *record = &index->records[i];
    return index->sorted && i > 0 && i < index->count && record->key == record[-1].key;
}
