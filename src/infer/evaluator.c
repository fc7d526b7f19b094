#include "infer/evaluator.h"

#include "base/arena.h"
#include "base/memory.h"
#include "nn/network.h"
#include "text/corpus_read.h"

#include <assert.h>
#include <stdint.h>

enum {
    WINDOW_STEPS = 32,
    STREAMS_MOST = 64,
    SYMBOLS_PER_STREAM = 400, /* at least, so that warming up is no more than a third of the work */
    WARM_UP = 200,
    COUNT_CHUNK = 4096
};

/* One stretch of the text. All counts are of symbols that the vocabulary has. */
struct stream {
    struct corpus_cursor cursor;
    int32_t last;    /* the symbol read last */
    size_t unscored; /* targets that only warm up */
    size_t scored;   /* targets after those */
};

struct evaluator {
    struct model *model;
    struct network *network;
    size_t batch;             /* B, streams at most */
    size_t symbols;           /* of a part, at most */
    struct stream *streams;   /* [B] */
    int32_t *x, *y;           /* [T][B] */
    float *nats;              /* [T][B] */
    int32_t ids[COUNT_CHUNK]; /* read ahead of use */
};

/* What is being scored. */
struct text {
    const struct corpus *corpus;
    const struct vocab *vocab;
    struct split part;
    size_t known; /* symbols of the part that the vocabulary has */
    bool changed; /* they are no longer all there */
};

/* S, for a text of so many known symbols. */
static size_t stream_count(size_t symbols, bool exact) {
    size_t streams = symbols / SYMBOLS_PER_STREAM;
    if (exact || streams < 1) {
        return 1;
    }
    return streams < STREAMS_MOST ? streams : STREAMS_MOST;
}

static struct network_plan plan_of(size_t batch) {
    return (struct network_plan){.batch = batch, .steps = WINDOW_STEPS};
}

/* The evaluator's own memory; run once to count and once to place. */
static struct evaluator *lay_out(size_t batch, struct arena *arena) {
    struct evaluator *e = arena_take(arena, 1, sizeof *e);
    struct stream *streams = arena_take(arena, batch, sizeof *streams);
    int32_t *x = arena_take(arena, WINDOW_STEPS * batch, sizeof *x);
    int32_t *y = arena_take(arena, WINDOW_STEPS * batch, sizeof *y);
    float *nats = arena_take_floats(arena, WINDOW_STEPS, batch, 1);
    if (e != NULL) {
        *e = (struct evaluator){.batch = batch, .streams = streams, .x = x, .y = y, .nats = nats};
    }
    return e;
}

size_t evaluator_memory(const struct model *model, size_t symbols, bool exact, size_t threads) {
    struct arena arena = {0};
    size_t batch = stream_count(symbols, exact);
    struct network_plan plan = plan_of(batch);
    (void)lay_out(batch, &arena);
    size_t sum;
    return size_add(arena.used, network_memory(model, &plan, threads), &sum) ? sum : SIZE_MAX;
}

enum status evaluator_create(struct model *model, struct thread_pool *pool, size_t symbols,
                             bool exact, struct evaluator **evaluator, struct error *error) {
    *evaluator = NULL;
    size_t batch = stream_count(symbols, exact);
    struct network_plan plan = plan_of(batch);
    struct arena arena = {0};
    (void)lay_out(batch, &arena);
    void *block;
    if (memory_allocate(arena.used, 1, "the evaluator", &block, error) != CHARNN_OK) {
        return error->status;
    }
    arena = (struct arena){.block = block};
    struct evaluator *e = lay_out(batch, &arena);
    e->model = model;
    e->symbols = symbols;
    if (network_create(model, pool, &plan, &e->network, error) != CHARNN_OK) {
        evaluator_destroy(e);
        return error->status;
    }
    *evaluator = e;
    return CHARNN_OK;
}

void evaluator_destroy(struct evaluator *evaluator) {
    if (evaluator != NULL) {
        network_destroy(evaluator->network);
        memory_free(evaluator); /* the first thing in its own arena */
    }
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Reads up to `count` symbols; keeps those that are known and returns how many. At the end of a
 * text that was changed it says so. */
static size_t read_some(struct text *text, struct corpus_cursor *cursor, size_t count,
                        int32_t *ids) {
    size_t read = corpus_read(text->corpus, cursor, text->vocab, count, ids);
    size_t kept = 0;
    text->changed = text->changed || read == 0;
    for (size_t i = 0; i < read; i++) {
        if (ids[i] >= 0) {
            ids[kept++] = ids[i];
        }
    }
    return kept;
}

/* Reads the next `count` known symbols, which are there: they were counted. */
static void read_known(struct text *text, struct corpus_cursor *cursor, size_t count,
                       int32_t *ids) {
    size_t have = 0;
    while (have < count && !text->changed) {
        have += read_some(text, cursor, count - have, ids + have);
    }
    for (; have < count; have++) {
        ids[have] = 0;
    }
}

static size_t count_known(struct evaluator *e, struct text *text) {
    struct corpus_cursor cursor;
    corpus_seek(text->corpus, text->part.begin, &cursor);
    size_t left = text->part.end - text->part.begin;
    size_t known = 0;
    while (left > 0) {
        size_t chunk = smaller(left, COUNT_CHUNK);
        known += read_some(text, &cursor, chunk, e->ids);
        left -= chunk;
    }
    return known;
}

/* A place in the text, with the known symbols before it. */
struct place {
    struct corpus_cursor cursor;
    size_t known;
};

/* Moves on to where `known` symbols of the part are behind. */
static void move_place(struct evaluator *e, struct text *text, size_t known, struct place *place) {
    if (text->known == text->part.end - text->part.begin) {
        corpus_seek(text->corpus, text->part.begin + known, &place->cursor);
        place->known = known;
    }
    while (place->known < known && !text->changed) {
        size_t chunk = smaller(known - place->known, COUNT_CHUNK);
        place->known += read_some(text, &place->cursor, chunk, e->ids);
    }
}

/* Cuts the targets, which are the known symbols but the first, evenly. */
static void start_streams(struct evaluator *e, struct text *text) {
    size_t streams = smaller(stream_count(text->known, false), e->batch);
    struct place place = {0};
    corpus_seek(text->corpus, text->part.begin, &place.cursor);
    for (size_t s = 0; s < e->batch; s++) {
        struct stream *stream = &e->streams[s];
        *stream = (struct stream){0};
        if (s < streams) {
            size_t begin;
            size_t end;
            thread_pool_share(text->known - 1, 1, s, streams, &begin, &end);
            /* Target i is the known symbol i + 1, predicted from all up to i. */
            size_t first = begin + 1 > WARM_UP ? begin + 1 - WARM_UP : 0;
            move_place(e, text, first, &place);
            stream->cursor = place.cursor;
            stream->unscored = begin - first;
            stream->scored = end - begin;
            read_known(text, &stream->cursor, 1, &stream->last);
        }
    }
}

/* Column b of the next window; a stream that has ended reads symbol 0 and is not scored. */
static size_t fill_column(struct evaluator *e, struct text *text, size_t b) {
    struct stream *stream = &e->streams[b];
    size_t steps = smaller(stream->unscored + stream->scored, WINDOW_STEPS);
    read_known(text, &stream->cursor, steps, e->ids);
    for (size_t t = 0; t < WINDOW_STEPS; t++) {
        int32_t *x = &e->x[t * e->batch + b];
        int32_t *y = &e->y[t * e->batch + b];
        *x = t < steps ? stream->last : 0;
        *y = -1;
        if (t >= steps) {
            continue;
        }
        stream->last = e->ids[t];
        if (stream->unscored > 0) {
            stream->unscored--;
        } else {
            stream->scored--;
            *y = stream->last;
        }
    }
    return steps;
}

struct evaluation evaluator_run(struct evaluator *evaluator, const struct corpus *corpus,
                                const struct vocab *vocab, struct split part,
                                const struct evaluation_watch *watch) {
    struct evaluator *e = evaluator;
    assert(part.begin <= part.end && part.end <= corpus_length(corpus));
    assert(part.end - part.begin <= e->symbols);
    assert(vocab_size(vocab) == e->model->shape.vocab);
    struct text text = {.corpus = corpus, .vocab = vocab, .part = part};
    text.known = count_known(e, &text);
    struct evaluation result = {.unknown = part.end - part.begin - text.known};
    if (text.known < 2) {
        return result;
    }
    result.scored = text.known - 1;
    start_streams(e, &text);
    network_update_weights(e->network);
    network_reset_state(e->network);
    for (;;) {
        size_t steps = 0;
        size_t left = 0;
        for (size_t b = 0; b < e->batch; b++) {
            size_t column = fill_column(e, &text, b);
            steps = column > steps ? column : steps;
            left += e->streams[b].scored;
        }
        result.changed = text.changed;
        if (steps == 0 || text.changed) {
            return result;
        }
        network_score(e->network, e->x, e->y, steps, e->nats);
        for (size_t i = 0; i < steps * e->batch; i++) {
            result.nats += (double)e->nats[i];
        }
        if (watch != NULL) {
            watch->tell(watch->context, result.scored - left, result.scored);
        }
    }
}

double evaluation_nats_per_symbol(const struct evaluation *evaluation) {
    return evaluation->scored > 0 ? evaluation->nats / (double)evaluation->scored : 0;
}
