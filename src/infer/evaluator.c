#include "infer/evaluator.h"

#include "base/arena.h"
#include "base/memory.h"
#include "infer/adapter.h"
#include "nn/network.h"
#include "ranks/ranks.h"
#include "text/corpus_read.h"
#include "text/split.h"

#include <assert.h>
#include <stdint.h>

enum {
    WINDOW_STEPS = 32,
    STREAMS_MOST = 64,
    SYMBOLS_PER_STREAM = 400, /* at least, so warming up is at most a third of the work */
    WARM_UP = 200,
    CHUNK = 4096
};

/* A stream scores one piece of the text. All counts are of known symbols. */
struct stream {
    struct corpus_cursor cursor;
    int32_t last;    /* the last symbol read */
    size_t unscored; /* targets of the warm-up */
    size_t scored;   /* targets after it, if they are to be scored */
};

struct evaluator {
    struct model *model;
    struct network *network;
    struct adapter *adapter; /* NULL: the weights stay */
    size_t whole;            /* the most streams of all ranks */
    size_t first, batch;     /* this rank's: at most B, from `first` on */
    size_t symbols;          /* of the longest part */
    struct stream *streams;  /* [B] */
    int32_t *x, *y;          /* [T][B] */
    float *nats;             /* [T][B] */
    int32_t ids[CHUNK];      /* of one read */
    bool learned[CHUNK];     /* whether they are to be scored */
};

struct text {
    const struct corpus *corpus;
    const struct vocab *vocab;
    struct split part;
    size_t known;   /* symbols of the part that the vocabulary has */
    size_t learned; /* of these, to be scored: the first, which is only read, counts too */
    bool changed;   /* the text ended before the part did */
    const struct evaluation_watch *watch;
    bool stopped; /* by the watch */
};

/* B, this rank's share of the streams; or 1, which then reads nothing. */
static size_t own_streams(size_t whole, size_t *first) {
    size_t end;
    ranks_share(whole, first, &end);
    return end > *first ? end - *first : 1;
}

static size_t stream_count(size_t symbols, bool exact) {
    size_t streams = symbols / SYMBOLS_PER_STREAM;
    if (exact || streams < 1) {
        return 1;
    }
    return streams < STREAMS_MOST ? streams : STREAMS_MOST;
}

static struct network_plan plan_for(size_t batch, bool trainable) {
    return (struct network_plan){.batch = batch, .steps = WINDOW_STEPS, .trainable = trainable};
}

/* Runs once to count and once to place; see base/arena.h. */
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

static size_t memory(const struct model *model, size_t whole, bool adaptive, size_t threads) {
    struct arena arena = {0};
    size_t first;
    size_t batch = own_streams(whole, &first);
    struct network_plan plan = plan_for(batch, adaptive);
    (void)lay_out(batch, &arena);
    const size_t needs[] = {
        arena.used,
        network_memory(model, &plan, threads),
        adaptive ? adapter_memory(model->parameters.size) : 0,
    };
    return size_sum(needs, sizeof needs / sizeof needs[0]);
}

size_t evaluator_memory(const struct model *model, size_t symbols, bool exact, size_t threads) {
    return memory(model, stream_count(symbols, exact), false, threads);
}

size_t evaluator_adaptive_memory(const struct model *model, size_t threads) {
    return memory(model, 1, true, threads);
}

/* `whole`: streams of all ranks; `rate` is 0 if the weights stay. */
static enum status create(struct model *model, struct thread_pool *pool, size_t symbols,
                          size_t whole, double rate, struct evaluator **evaluator,
                          struct error *error) {
    *evaluator = NULL;
    size_t first;
    size_t batch = own_streams(whole, &first);
    struct network_plan plan = plan_for(batch, rate > 0);
    struct arena arena = {0};
    (void)lay_out(batch, &arena);
    if (arena_allocate(&arena, "the evaluator", error) != CHARNN_OK) {
        return error->status;
    }
    struct evaluator *e = lay_out(batch, &arena);
    e->model = model;
    e->symbols = symbols;
    e->whole = whole;
    e->first = first;
    if (network_create(model, pool, &plan, &e->network, error) != CHARNN_OK ||
        (rate > 0 && adapter_create(&model->parameters, rate, &e->adapter, error) != CHARNN_OK)) {
        evaluator_destroy(e);
        return error->status;
    }
    *evaluator = e;
    return CHARNN_OK;
}

enum status evaluator_create(struct model *model, struct thread_pool *pool, size_t symbols,
                             bool exact, struct evaluator **evaluator, struct error *error) {
    return create(model, pool, symbols, stream_count(symbols, exact), 0, evaluator, error);
}

enum status evaluator_create_adaptive(struct model *model, struct thread_pool *pool, double rate,
                                      struct evaluator **evaluator, struct error *error) {
    assert(rate > 0);
    return create(model, pool, SIZE_MAX, 1, rate, evaluator, error);
}

void evaluator_destroy(struct evaluator *evaluator) {
    if (evaluator != NULL) {
        adapter_destroy(evaluator->adapter);
        network_destroy(evaluator->network);
        memory_free(evaluator); /* the first object of its arena */
    }
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Reads up to `count` symbols and returns the number of known ones, which are in `ids`, with
 * whether each is to be scored. Reading beyond the end shows that the text was changed. */
static size_t read_some(struct text *text, struct corpus_cursor *cursor, size_t count, int32_t *ids,
                        bool *learned) {
    size_t read = corpus_read_learned(text->corpus, cursor, text->vocab, count, ids, learned);
    size_t known = 0;
    text->changed = text->changed || read == 0;
    for (size_t i = 0; i < read; i++) {
        if (ids[i] >= 0) {
            learned[known] = learned[i];
            ids[known++] = ids[i];
        }
    }
    return known;
}

/* Reads the next `count` known symbols; if the text was changed, the missing ones are 0. */
static void read_known(struct text *text, struct corpus_cursor *cursor, size_t count, int32_t *ids,
                       bool *learned) {
    size_t have = 0;
    while (have < count && !text->changed) {
        have += read_some(text, cursor, count - have, ids + have, learned + have);
    }
    for (; have < count; have++) {
        ids[have] = 0;
    }
}

static bool goes_on(struct text *text) {
    const struct evaluation_watch *watch = text->watch;
    text->stopped =
        text->stopped || (watch != NULL && watch->stops != NULL && watch->stops(watch->context));
    return !text->stopped && !text->changed;
}

static bool window_goes_on(void *context, double done) {
    (void)done;
    return goes_on(context);
}

static void count_known(struct evaluator *e, struct text *text) {
    struct corpus_cursor cursor;
    corpus_seek(text->corpus, text->part.begin, &cursor);
    size_t left = text->part.end - text->part.begin;
    while (left > 0 && goes_on(text)) {
        size_t chunk = smaller(left, CHUNK);
        size_t known = read_some(text, &cursor, chunk, e->ids, e->learned);
        for (size_t i = 0; i < known; i++) {
            text->learned += e->learned[i];
        }
        text->known += known;
        left -= chunk;
    }
}

/* Divides the targets, all known symbols but the first, among the streams. */
static void start_streams(struct evaluator *e, struct text *text) {
    size_t streams = smaller(stream_count(text->known, false), e->whole);
    struct corpus_cursor cursor;
    size_t known = 0; /* before the cursor */
    corpus_seek(text->corpus, text->part.begin, &cursor);
    for (size_t s = 0; s < e->batch; s++) {
        struct stream *stream = &e->streams[s];
        *stream = (struct stream){0};
        if (e->first + s >= streams) {
            continue;
        }
        size_t begin;
        size_t end;
        thread_pool_share(text->known - 1, 1, e->first + s, streams, &begin, &end);
        /* Target i is known symbol i + 1, predicted from symbols 0 to i. */
        size_t first = begin + 1 > WARM_UP ? begin + 1 - WARM_UP : 0;
        while (known < first && goes_on(text)) {
            known += read_some(text, &cursor, smaller(first - known, CHUNK), e->ids, e->learned);
        }
        stream->cursor = cursor;
        stream->unscored = begin - first;
        stream->scored = end - begin;
        read_known(text, &stream->cursor, 1, &stream->last, e->learned);
    }
}

/* Fills column b of the next window and returns its steps. A stream that has ended reads symbol 0
 * and is not scored. */
static size_t fill_column(struct evaluator *e, struct text *text, size_t b) {
    struct stream *stream = &e->streams[b];
    size_t steps = smaller(stream->unscored + stream->scored, WINDOW_STEPS);
    read_known(text, &stream->cursor, steps, e->ids, e->learned);
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
            *y = e->learned[t] ? stream->last : -1;
        }
    }
    return steps;
}

/* Returns the steps of the window, the most of any column; 0 at the end. *left is the number of
 * symbols to score after the window. */
static size_t fill_window(struct evaluator *e, struct text *text, size_t *left) {
    size_t steps = 0;
    *left = 0;
    for (size_t b = 0; b < e->batch; b++) {
        size_t column = fill_column(e, text, b);
        steps = column > steps ? column : steps;
        *left += e->streams[b].scored;
    }
    return steps;
}

/* Scores the window and returns its nats. An adaptive evaluator then learns from it: the scores of
 * a window are those before its update. */
static double score_window(struct evaluator *e, size_t steps) {
    double nats = 0;
    if (e->adapter != NULL) {
        nats = network_train(e->network, e->x, e->y, steps, NULL, 1) * (double)steps;
        adapter_learn(e->adapter);
        network_update_weights(e->network);
        return nats;
    }
    network_score(e->network, e->x, e->y, steps, e->nats);
    for (size_t i = 0; i < steps * e->batch; i++) {
        nats += (double)e->nats[i];
    }
    return nats;
}

static void score(struct evaluator *e, struct text *text, struct evaluation *result) {
    const struct evaluation_watch *watch = text->watch;
    const struct network_watch window = {.goes_on = window_goes_on, .context = text};
    size_t steps;
    size_t left;
    start_streams(e, text);
    network_update_weights(e->network);
    network_reset_state(e->network);
    network_set_watch(e->network, &window);
    while (goes_on(text) && (steps = fill_window(e, text, &left)) > 0 && !text->changed) {
        result->nats += score_window(e, steps);
        if (text->stopped) {
            break;
        }
        if (watch != NULL && watch->tell != NULL) {
            watch->tell(watch->context, text->known - 1 - left, text->known - 1);
        }
    }
    network_set_watch(e->network, NULL);
    if (e->adapter != NULL) {
        adapter_restart(e->adapter);
    }
}

struct evaluation evaluator_run(struct evaluator *evaluator, const struct corpus *corpus,
                                const struct vocab *vocab, struct split part,
                                const struct evaluation_watch *watch) {
    struct evaluator *e = evaluator;
    assert(part.begin <= part.end && part.end <= corpus_length(corpus));
    assert(part.end - part.begin <= e->symbols);
    assert(vocab_size(vocab) == e->model->shape.vocab);
    struct text text = {.corpus = corpus, .vocab = vocab, .part = part, .watch = watch};
    count_known(e, &text);
    struct evaluation result = {.unknown = part.end - part.begin - text.known};
    if (text.known >= 2 && !text.changed) {
        result.scored = text.learned - 1;
        score(e, &text, &result);
    }
    double sums[] = {result.nats, text.changed ? 1 : 0, text.stopped ? 1 : 0};
    ranks_sum(sums, sizeof sums / sizeof sums[0]);
    result.nats = sums[0];
    result.changed = sums[1] > 0;
    result.stopped = sums[2] > 0;
    return result;
}

void evaluation_add(struct evaluation *sum, const struct evaluation *other) {
    sum->scored += other->scored;
    sum->unknown += other->unknown;
    sum->nats += other->nats;
    sum->changed = sum->changed || other->changed;
    sum->stopped = sum->stopped || other->stopped;
}

double evaluation_nats_per_symbol(const struct evaluation *evaluation) {
    return evaluation->scored > 0 ? evaluation->nats / (double)evaluation->scored : 0;
}
