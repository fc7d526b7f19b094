#include "text/split.h"

#include "text/corpus_data.h"

#include <assert.h>

/* Covers the rounding of a sum of two decimals, but is too small to move a character. */
static const double WHOLE = 1 - 1e-12;

static size_t take_fraction(size_t length, double fraction) {
    return fraction >= WHOLE ? length : (size_t)((double)length * fraction);
}

bool split_is_possible(double train_frac, double val_frac) {
    const double rounding = 1e-9; /* 0.7 + 0.2 + 0.1 need not be 1 in binary */
    return train_frac >= 0 && val_frac >= 0 && train_frac + val_frac <= 1 + rounding;
}

void split_length(size_t length, double train_frac, double val_frac,
                  struct split splits[CHARNN_SPLITS]) {
    assert(split_is_possible(train_frac, val_frac));
    size_t train_end = take_fraction(length, train_frac);
    size_t val_end = take_fraction(length, train_frac + val_frac);
    splits[CHARNN_SPLIT_TRAIN] = (struct split){0, train_end};
    splits[CHARNN_SPLIT_VAL] = (struct split){train_end, val_end};
    splits[CHARNN_SPLIT_TEST] = (struct split){val_end, length};
}

/* The record whose end symbol is nearest to `position`; the earlier one of two. */
static size_t nearest_record(const struct corpus *corpus, size_t position) {
    size_t i = corpus_record_at(corpus, position);
    return i < corpus_records(corpus) && corpus_record_start(corpus, i + 1) - position <
                                             position - corpus_record_start(corpus, i)
               ? i + 1
               : i;
}

/* The record to cut before: the nearest that is no copy of the one before it. */
static size_t find_cut(const struct corpus *corpus, size_t position) {
    size_t cut = nearest_record(corpus, position);
    size_t before = cut;
    size_t after = cut;
    while (record_index_is_copy(corpus->records, before)) {
        before--;
    }
    while (record_index_is_copy(corpus->records, after)) {
        after++;
    }
    size_t back = corpus_record_start(corpus, cut) - corpus_record_start(corpus, before);
    size_t ahead = corpus_record_start(corpus, after) - corpus_record_start(corpus, cut);
    return back < ahead ? before : after;
}

/* Records [begin, end), with the end symbols on both sides. */
static struct split split_of_records(const struct corpus *corpus, size_t begin, size_t end) {
    struct split split = {corpus_record_start(corpus, begin), corpus_record_start(corpus, end)};
    split.end += begin < end;
    return split;
}

void corpus_split(const struct corpus *corpus, double train_frac, double val_frac,
                  struct split splits[CHARNN_SPLITS]) {
    size_t records = corpus_records(corpus);
    split_length(corpus_length(corpus), train_frac, val_frac, splits);
    if (records > 0) {
        size_t train_end = find_cut(corpus, splits[CHARNN_SPLIT_TRAIN].end);
        size_t val_end = find_cut(corpus, splits[CHARNN_SPLIT_VAL].end);
        splits[CHARNN_SPLIT_TRAIN] = split_of_records(corpus, 0, train_end);
        splits[CHARNN_SPLIT_VAL] = split_of_records(corpus, train_end, val_end);
        splits[CHARNN_SPLIT_TEST] = split_of_records(corpus, val_end, records);
    }
}

size_t split_characters(const struct corpus *corpus, struct split part) {
    size_t symbols = part.end - part.begin;
    return symbols - (symbols > 0 && corpus->records != NULL);
}

void split_records(const struct corpus *corpus, struct split part, size_t *begin, size_t *end) {
    *begin = *end = corpus_record_at(corpus, part.begin);
    if (part.end > part.begin) {
        *end = corpus_record_at(corpus, part.end - 1);
    }
}

size_t split_learned(const struct corpus *corpus, struct split part) {
    size_t learned = split_characters(corpus, part);
    size_t begin = 0;
    size_t end = 0;
    if (corpus->records != NULL) {
        split_records(corpus, part, &begin, &end);
    }
    for (size_t i = begin; i < end; i++) {
        learned -= record_index_at(corpus->records, i)->question;
    }
    return learned;
}

struct split corpus_file_part(const struct corpus *corpus, size_t index) {
    const struct source *source = &corpus->sources[index];
    bool ends = corpus->records != NULL && source->symbols > 0;
    return (struct split){source->first, source->first + source->symbols + ends};
}
