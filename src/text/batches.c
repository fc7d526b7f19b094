#include "text/batches.h"

#include "base/memory.h"
#include "base/plural.h"

#include <assert.h>

struct stream {
    struct corpus_cursor cursor; /* behind `next` */
    int32_t next;                /* the first input of the window to come */
};

struct batches {
    const struct corpus *corpus;
    const struct vocab *vocab;
    size_t begin; /* of the split */
    size_t batch; /* B */
    size_t steps; /* T */
    size_t windows;
    size_t window;
    struct stream *streams; /* [B] */
    int32_t *targets;       /* [T], of one stream */
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

/* W, or 0 where the split cannot fill a window. */
static size_t count_windows(struct split split, size_t batch, size_t steps) {
    size_t inputs;
    if (split.end - split.begin < 2 || !size_multiply(batch, steps, &inputs)) {
        return 0;
    }
    return (split.end - split.begin - 1) / inputs;
}

static enum status allocate_streams(struct batches *batches, struct error *error) {
    void *memory;
    if (memory_allocate(batches->batch, sizeof batches->streams[0], "the batch's streams", &memory,
                        error) != CHARNN_OK) {
        return error->status;
    }
    batches->streams = memory;
    if (memory_allocate(batches->steps, sizeof batches->targets[0], "a stream's window", &memory,
                        error) != CHARNN_OK) {
        return error->status;
    }
    batches->targets = memory;
    return CHARNN_OK;
}

static enum status refuse_split(size_t symbols, size_t batch, size_t steps, struct error *error) {
    if (symbols < 2) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the part of the text to learn from has %zu character%s and needs at "
                         "least 2: give a longer text or a larger part of it",
                         symbols, plural_ending(symbols));
    }
    return error_set(error, CHARNN_ERROR_DATA,
                     "the part of the text to learn from has %zu characters, too few for %zu "
                     "streams of %zu: give a longer text, or fewer or shorter streams",
                     symbols, batch, steps);
}

enum status batches_create(const struct corpus *corpus, const struct vocab *vocab,
                           struct split split, size_t batch, size_t steps, struct batches **batches,
                           struct error *error) {
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
    void *memory;
    if (memory_allocate(1, sizeof **batches, "the batches", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct batches *made = memory;
    *made = (struct batches){.corpus = corpus,
                             .vocab = vocab,
                             .begin = split.begin,
                             .batch = batch,
                             .steps = steps,
                             .windows = windows};
    if (allocate_streams(made, error) != CHARNN_OK) {
        batches_destroy(made);
        return error->status;
    }
    batches_seek(made, 0);
    *batches = made;
    return CHARNN_OK;
}

void batches_destroy(struct batches *batches) {
    if (batches == NULL) {
        return;
    }
    memory_free(batches->targets);
    memory_free(batches->streams);
    memory_free(batches);
}

size_t batches_windows_per_epoch(const struct batches *batches) {
    return batches->windows;
}

size_t batches_window(const struct batches *batches) {
    return batches->window;
}

static void read_stream(const struct batches *batches, struct stream *stream, size_t count,
                        int32_t *ids) {
    size_t read = corpus_read(batches->corpus, &stream->cursor, batches->vocab, count, ids);
    assert(read == count);
    (void)read;
}

void batches_seek(struct batches *batches, size_t window) {
    assert(window < batches->windows);
    batches->window = window;
    for (size_t b = 0; b < batches->batch; b++) {
        struct stream *stream = &batches->streams[b];
        size_t position = batches->begin + (b * batches->windows + window) * batches->steps;
        corpus_seek(batches->corpus, position, &stream->cursor);
        read_stream(batches, stream, 1, &stream->next);
    }
}

bool batches_next(struct batches *batches, int32_t *x, int32_t *y) {
    size_t stride = batches->batch;
    for (size_t b = 0; b < batches->batch; b++) {
        struct stream *stream = &batches->streams[b];
        read_stream(batches, stream, batches->steps, batches->targets);
        for (size_t t = 0; t < batches->steps; t++) {
            x[t * stride + b] = stream->next;
            y[t * stride + b] = batches->targets[t];
            stream->next = batches->targets[t];
        }
    }
    bool first = batches->window == 0;
    if (batches->window + 1 < batches->windows) {
        batches->window++;
    } else {
        batches_seek(batches, 0);
    }
    return first;
}
