#include "text/shuffle.h"

#include "base/xxh64.h"
#include "text/corpus_data.h"

struct hashing {
    const struct corpus *corpus;
    uint64_t seed;
};

/* Hashes the record's symbols: a CR LF that is read as LF counts as LF. */
static uint64_t hash_record(const void *context, const struct record *record) {
    const struct hashing *hashing = context;
    const unsigned char *data = hashing->corpus->sources[record->source].bytes.data;
    size_t begin = record->begin;
    struct xxh64 hash = xxh64_start(hashing->seed);
    while (hashing->corpus->join_newlines && begin < record->end) {
        const unsigned char *found = memchr(data + begin, '\r', record->end - begin);
        if (found == NULL) {
            break;
        }
        size_t at = (size_t)(found - data);
        bool pair = at + 1 < record->end && data[at + 1] == '\n';
        xxh64_add(&hash, data + begin, at - begin + !pair);
        begin = at + 1;
    }
    xxh64_add(&hash, data + begin, record->end - begin);
    return xxh64_end(&hash);
}

size_t corpus_shuffle_records(struct corpus *corpus, uint64_t seed) {
    const struct hashing hashing = {corpus, seed};
    size_t copies = 0;
    record_index_sort(corpus->records, hash_record, &hashing);
    for (size_t i = 1; i < corpus_records(corpus); i++) {
        copies += record_index_is_copy(corpus->records, i);
    }
    return copies;
}

size_t corpus_most_copied(const struct corpus *corpus, size_t *records) {
    size_t most = 0;
    size_t begin = 0;
    for (size_t i = 1; i <= corpus_records(corpus); i++) {
        size_t symbols = corpus_record_start(corpus, i) - corpus_record_start(corpus, begin);
        if (record_index_is_copy(corpus->records, i)) {
            continue;
        }
        if (symbols > most) {
            most = symbols;
            *records = i - begin;
        }
        begin = i;
    }
    return most;
}
