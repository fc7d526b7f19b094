#include "text/record_index.h"

#include "base/memory.h"
#include "base/spool.h"

#include <assert.h>

enum { BUFFERED = 1024 };

struct record_index {
    struct spool *spool;
    size_t count;
    const struct record *records;   /* [count + 1], once finished */
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
    const unsigned char *data;
    if (record_index_add(index, (struct record){.first = last}, error) != CHARNN_OK ||
        flush(index, error) != CHARNN_OK || spool_map(index->spool, &data, error) != CHARNN_OK) {
        return error->status;
    }
    index->count--;
    index->records = (const void *)data;
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
