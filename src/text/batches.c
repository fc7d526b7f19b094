#include "text/batches.h"

#include "base/memory.h"
#include "base/permutation.h"
#include "base/plural.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"

#include <assert.h>

struct stream {
    struct corpus_cursor cursor; /* behind `next` */
    int32_t next;                /* first input of the next window */
    size_t turn;                 /* rank of the current record in this epoch */
    size_t left;                 /* symbols of the record to read */
};

struct batches {
    const struct corpus *corpus;
    const struct vocab *vocab;
    size_t begin; /* of the split */
    size_t batch; /* B */
    size_t steps; /* T */
    size_t first; /* the streams that are given: `given` from this one on */
    size_t given;
    size_t windows;
    size_t epoch;
    size_t window;
    size_t first_record; /* of the split */
    size_t records;      /* in the split; 0 if the corpus is not made of records */
    uint64_t seed;
    struct permutation order; /* of the records in this epoch */
    struct stream *streams;   /* [B] */
    int32_t *targets;         /* [T], of one stream */
    bool *learned;            /* [T]: whether they are to be learned */
    bool changed;             /* the text is not what it was */
};

bool batches_fit(size_t symbols, size_t *batch, size_t *steps) {
    assert(symbols >= 2 && *batch >= 1 && *steps >= 1);
    size_t inputs = symbols - 1;
    size_t most_steps = *steps < inputs ? *steps : inputs;
    size_t most_batch = inputs / most_steps;
    bool changed = *steps > most_steps || *batch > most_batch;
    *steps = most_steps;
    *batch = *batch < most_batch ? *batch : most_batch;
    return changed;
}

/* W, or 0 if the split cannot fill a window. */
static size_t count_windows(struct split split, size_t batch, size_t steps) {
    size_t inputs;
    if (split.end - split.begin < 2 || !size_multiply(batch, steps, &inputs)) {
        return 0;
    }
    return (split.end - split.begin - 1) / inputs;
}

static enum status refuse_split(size_t symbols, size_t batch, size_t steps, struct error *error) {
    if (symbols < 2) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the training part of the text has %zu character%s, but needs at least "
                         "2: give a longer text or a larger part of it",
                         symbols, plural_ending(symbols));
    }
    return error_set(error, CHARNN_ERROR_DATA,
                     "the training part of the text has %zu characters, too few for %zu streams "
                     "of %zu: give a longer text, or fewer or shorter streams",
                     symbols, batch, steps);
}

enum status batches_create(const struct corpus *corpus, const struct vocab *vocab,
                           struct split split, size_t batch, size_t steps, uint64_t seed,
                           struct batches **batches, struct error *error) {
    assert(split.begin <= split.end && split.end <= corpus_length(corpus));
    assert(batch >= 1 && steps >= 1);
    *batches = NULL;
    size_t windows = count_windows(split, batch, steps);
    if (windows == 0) {
        return refuse_split(split.end - split.begin, batch, steps, error);
    }
    if (corpus_check_vocab(corpus, vocab, error) != CHARNN_OK) {
        return error->status;
    }
    struct batches *made;
    if (MEMORY_NEW(&made, 1, "the batches", error) != CHARNN_OK) {
        return error->status;
    }
    *made = (struct batches){.corpus = corpus,
                             .vocab = vocab,
                             .begin = split.begin,
                             .batch = batch,
                             .steps = steps,
                             .given = batch,
                             .windows = windows,
                             .seed = seed};
    if (corpus_records(corpus) > 0) {
        split_records(corpus, split, &made->first_record, &made->records);
        made->records -= made->first_record;
    }
    if (MEMORY_NEW(&made->streams, batch, "the batch's streams", error) != CHARNN_OK ||
        MEMORY_NEW(&made->targets, steps, "a stream's window", error) != CHARNN_OK ||
        MEMORY_NEW(&made->learned, steps, "a stream's window", error) != CHARNN_OK) {
        batches_destroy(made);
        return error->status;
    }
    batches_seek(made, 0, 0);
    *batches = made;
    return CHARNN_OK;
}

void batches_destroy(struct batches *batches) {
    if (batches == NULL) {
        return;
    }
    memory_free(batches->learned);
    memory_free(batches->targets);
    memory_free(batches->streams);
    memory_free(batches);
}

void batches_select(struct batches *batches, size_t first, size_t count) {
    assert(count >= 1 && first + count <= batches->batch);
    batches->first = first;
    batches->given = count;
}

size_t batches_windows_per_epoch(const struct batches *batches) {
    return batches->windows;
}

size_t batches_window(const struct batches *batches) {
    return batches->window;
}

static size_t record_at_turn(const struct batches *batches, size_t turn) {
    return batches->first_record + permutation_at(&batches->order, turn);
}

/* Symbols of a record with the end symbol before it. */
static size_t record_length(const struct batches *batches, size_t record) {
    return corpus_record_start(batches->corpus, record + 1) -
           corpus_record_start(batches->corpus, record);
}

/* Moves a stream before symbol `local` of the record at a turn. */
static void enter_record(const struct batches *batches, struct stream *stream, size_t turn,
                         size_t local) {
    size_t record = record_at_turn(batches, turn);
    stream->turn = turn;
    stream->left = record_length(batches, record) - local;
    corpus_seek(batches->corpus, corpus_record_start(batches->corpus, record) + local,
                &stream->cursor);
}

/* Reads `count` ids. The record after the epoch's last one is the first: at most its end symbol is
 * needed. */
static void read_stream(struct batches *batches, struct stream *stream, size_t count, int32_t *ids,
                        bool *learned) {
    const bool has_records = batches->records > 0;
    for (size_t done = 0, piece; done < count; done += piece) {
        if (has_records && stream->left == 0) {
            enter_record(batches, stream, (stream->turn + 1) % batches->records, 0);
        }
        piece = count - done;
        piece = has_records && stream->left < piece ? stream->left : piece;
        size_t read = corpus_read_learned(batches->corpus, &stream->cursor, batches->vocab, piece,
                                          ids + done, learned + done);
        for (size_t i = read; i < piece; i++) {
            ids[done + i] = -1;
            learned[done + i] = false;
        }
        stream->left -= has_records ? piece : 0;
    }
    for (size_t i = 0; i < count; i++) {
        batches->changed = batches->changed || ids[i] < 0;
        ids[i] = ids[i] < 0 ? 0 : ids[i];
    }
}

/* Where stream b reads, in symbols from the start of the split, with records in their order. */
static size_t stream_position(const struct batches *batches, size_t b) {
    return (b * batches->windows + batches->window) * batches->steps;
}

/* Finds the places of all streams in one pass over the records. */
static void place_in_records(struct batches *batches) {
    size_t before = 0;
    size_t b = 0;
    for (size_t turn = 0; b < batches->batch; turn++) {
        size_t end = before + record_length(batches, record_at_turn(batches, turn));
        for (; b < batches->batch && stream_position(batches, b) < end; b++) {
            enter_record(batches, &batches->streams[b], turn, stream_position(batches, b) - before);
        }
        before = end;
    }
}

void batches_seek(struct batches *batches, size_t epoch, size_t window) {
    assert(window < batches->windows);
    batches->epoch = epoch;
    batches->window = window;
    if (batches->records > 0) {
        permutation_init(&batches->order, batches->records, batches->seed, (uint32_t)epoch);
        place_in_records(batches);
    }
    for (size_t b = batches->first; b < batches->first + batches->given; b++) {
        struct stream *stream = &batches->streams[b];
        if (batches->records == 0) {
            corpus_seek(batches->corpus, batches->begin + stream_position(batches, b),
                        &stream->cursor);
        }
        read_stream(batches, stream, 1, &stream->next, batches->learned);
    }
}

bool batches_changed(const struct batches *batches) {
    return batches->changed;
}

bool batches_next(struct batches *batches, int32_t *x, int32_t *y) {
    size_t stride = batches->given;
    for (size_t b = 0; b < stride; b++) {
        struct stream *stream = &batches->streams[batches->first + b];
        read_stream(batches, stream, batches->steps, batches->targets, batches->learned);
        for (size_t t = 0; t < batches->steps; t++) {
            x[t * stride + b] = stream->next;
            y[t * stride + b] = batches->learned[t] ? batches->targets[t] : -1;
            stream->next = batches->targets[t];
        }
    }
    bool first = batches->window == 0;
    if (batches->window + 1 < batches->windows) {
        batches->window++;
    } else {
        batches_seek(batches, batches->epoch + 1, 0);
    }
    return first;
}
