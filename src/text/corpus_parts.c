/* Corpora: their parts, and the order of records. */
#include "base/xxh64.h"
#include "text/corpus.h"
#include "text/corpus_internal.h"

#include <assert.h>
#include <string.h>

/* Enough for the rounding of a sum of two decimals, too little to move a character. */
static const double WHOLE = 1 - 1e-12;

static size_t take_fraction(size_t length, double fraction) {
    return fraction >= WHOLE ? length : (size_t)((double)length * fraction);
}

void split_length(size_t length, double train_frac, double val_frac,
                  struct split splits[CHARNN_SPLITS]) {
    assert(train_frac >= 0 && val_frac >= 0 && train_frac + val_frac <= 2 - WHOLE);
    size_t train_end = take_fraction(length, train_frac);
    size_t val_end = take_fraction(length, train_frac + val_frac);
    splits[CHARNN_SPLIT_TRAIN] = (struct split){0, train_end};
    splits[CHARNN_SPLIT_VAL] = (struct split){train_end, val_end};
    splits[CHARNN_SPLIT_TEST] = (struct split){val_end, length};
}

/* The record whose end symbol is nearest to `position`; the earlier one of two. */
static size_t nearest_record(const struct corpus *corpus, size_t position) {
    size_t records = corpus_records(corpus);
    size_t i = record_index_find(corpus->records, position);
    return i < records && corpus_record_start(corpus, i + 1) - position <
                              position - corpus_record_start(corpus, i)
               ? i + 1
               : i;
}

static bool is_copy(const struct corpus *corpus, size_t i) {
    return record_index_at(corpus->records, i)->key == record_index_at(corpus->records, i - 1)->key;
}

/* The record at which to cut: of sorted ones, the nearest that is no copy of the one before. */
static size_t find_cut(const struct corpus *corpus, size_t position) {
    size_t records = corpus_records(corpus);
    size_t cut = nearest_record(corpus, position);
    if (!record_index_is_sorted(corpus->records)) {
        return cut;
    }
    size_t before = cut;
    size_t after = cut;
    while (before > 0 && before < records && is_copy(corpus, before)) {
        before--;
    }
    while (after > 0 && after < records && is_copy(corpus, after)) {
        after++;
    }
    size_t back = corpus_record_start(corpus, cut) - corpus_record_start(corpus, before);
    size_t ahead = corpus_record_start(corpus, after) - corpus_record_start(corpus, cut);
    return back < ahead ? before : after;
}

/* From the end symbol before record `begin` to that before record `end`. */
static struct split split_of_records(const struct corpus *corpus, size_t begin, size_t end) {
    struct split split = {corpus_record_start(corpus, begin), corpus_record_start(corpus, end)};
    split.end += begin < end;
    return split;
}

void corpus_split(const struct corpus *corpus, double train_frac, double val_frac,
                  struct split splits[CHARNN_SPLITS]) {
    split_length(corpus->length, train_frac, val_frac, splits);
    if (corpus->records != NULL) {
        size_t train_end = find_cut(corpus, splits[CHARNN_SPLIT_TRAIN].end);
        size_t val_end = find_cut(corpus, splits[CHARNN_SPLIT_VAL].end);
        splits[CHARNN_SPLIT_TRAIN] = split_of_records(corpus, 0, train_end);
        splits[CHARNN_SPLIT_VAL] = split_of_records(corpus, train_end, val_end);
        splits[CHARNN_SPLIT_TEST] = split_of_records(corpus, val_end, corpus_records(corpus));
    }
}

struct hashing {
    const struct corpus *corpus;
    uint64_t seed;
};

/* A hash of the record's symbols: a line end that is read as LF is hashed as one. */
static uint64_t hash_record(const void *context, const struct record *record) {
    const struct hashing *hashing = context;
    const unsigned char *data = hashing->corpus->sources[record->source].bytes.data;
    size_t begin = record->begin;
    struct xxh64 hash = xxh64_start(hashing->seed);
    while (hashing->corpus->format.unix_newlines && begin < record->end) {
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
        copies += is_copy(corpus, i);
    }
    return copies;
}
