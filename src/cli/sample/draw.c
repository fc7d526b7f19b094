#include "base/memory.h"
#include "cli/sample/sampling.h"

#include <string.h>

/* How many texts are drawn side by side, and how many bytes of them may wait to be printed. */
enum { STREAMS_FEWEST = 64, STREAMS_PER_THREAD = 16, STREAMS_MOST = 1024 };
enum { WAITING_BYTES = 64000000 };

/* Symbols of each text that several streams draw before any is printed. */
enum { STEPS = 16 };

enum { PRIME_PIECE = 256 };

/* The part of a text that is drawn but not printed. */
struct text {
    unsigned char *bytes;
    size_t size, capacity;
    struct stop_watch watch;
    bool ended; /* by a stop text, which is removed, or by the end of the record */
};

/* A group of texts that are drawn side by side. */
struct group {
    struct sampling *s;
    size_t count;       /* of texts, at most s->streams */
    size_t steps;       /* symbols of each text that are drawn at once */
    int32_t *ids;       /* [steps][count] these symbols */
    struct text *texts; /* [count]; only the first is printed while it is drawn */
};

/* The longest that a text can be, or SIZE_MAX. */
static size_t text_bytes(const struct sampling *s) {
    size_t longest = 1;
    for (size_t i = 0; i < vocab_size(s->vocab); i++) {
        unsigned char bytes[CHARNN_SYMBOL_BYTES];
        size_t size = symbol_encode(vocab_codes(s->vocab)[i], bytes);
        longest = size > longest ? size : longest;
    }
    size_t length = s->settings->length;
    size_t size;
    return length > 0 && size_multiply(length, longest, &size) ? size : SIZE_MAX;
}

size_t sampling_streams(const struct sampling *s) {
    size_t texts = s->settings->num_samples;
    size_t waiting = WAITING_BYTES / text_bytes(s);
    size_t most = thread_pool_size_for(s->settings->threads) * STREAMS_PER_THREAD;
    most = most < STREAMS_FEWEST ? STREAMS_FEWEST : most > STREAMS_MOST ? STREAMS_MOST : most;
    most = waiting < most - 1 ? waiting + 1 : most;
    size_t groups = (texts - 1) / most + 1;
    return (texts - 1) / groups + 1;
}

/* Prints the text except its last `pending` bytes. */
static enum status print_text(const struct group *g, struct text *text, size_t pending,
                              struct error *error) {
    size_t size = text->size - pending;
    if (sampling_write(g->s, text->bytes, size, error) != CHARNN_OK) {
        return error->status;
    }
    if (size > 0) {
        memmove(text->bytes, text->bytes + size, pending);
    }
    text->size = pending;
    return CHARNN_OK;
}

static enum status add_symbol(const struct group *g, struct text *text, int32_t id,
                              struct error *error) {
    if (text->ended || id == vocab_end(g->s->vocab)) {
        text->ended = true;
        return CHARNN_OK;
    }
    if (MEMORY_GROW(&text->bytes, &text->capacity, text->size, text->size + CHARNN_SYMBOL_BYTES,
                    "texts", error) != CHARNN_OK) {
        return error->status;
    }
    text->size += symbol_encode(vocab_code(g->s->vocab, id), text->bytes + text->size);
    size_t stop = stops_advance(g->s->stops, &text->watch, id);
    text->size -= stop;
    text->ended = stop > 0;
    return CHARNN_OK;
}

/* Adds a symbol to each text and prints of the first what cannot become a stop text any more. */
static enum status add_symbols(const struct group *g, const int32_t *ids, struct error *error) {
    for (size_t i = 0; i < g->count; i++) {
        if (add_symbol(g, &g->texts[i], ids[i], error) != CHARNN_OK) {
            return error->status;
        }
    }
    struct text *first = &g->texts[0];
    size_t pending = first->ended ? 0 : stops_pending(g->s->stops, &first->watch);
    return print_text(g, first, pending, error);
}

static bool is_interrupted(const struct group *g) {
    return g->s->interrupted != NULL && *g->s->interrupted != 0;
}

/* In pieces, as a long prime may be interrupted. Even an empty one starts the texts. */
static void read_prime(const struct group *g) {
    const struct prime *prime = &g->s->prime;
    size_t done = 0;
    do {
        size_t left = prime->count - done;
        size_t size = left < PRIME_PIECE ? left : PRIME_PIECE;
        generator_prime(g->s->generator, prime->ids + done, size);
        done += size;
    } while (done < prime->count && !is_interrupted(g));
}

static bool is_over(const struct group *g) {
    size_t ended = 0;
    while (ended < g->count && g->texts[ended].ended) {
        ended++;
    }
    return ended == g->count || is_interrupted(g);
}

static enum status draw_symbols(const struct group *g, struct error *error) {
    size_t length = g->s->settings->length > 0 ? g->s->settings->length : SIZE_MAX;
    size_t steps;
    for (size_t done = 0; done < length && !is_over(g); done += steps) {
        steps = length - done < g->steps ? length - done : g->steps;
        if (generator_write(g->s->generator, steps, g->ids, error) != CHARNN_OK) {
            return error->status;
        }
        for (size_t t = 0; t < steps; t++) {
            if (add_symbols(g, g->ids + t * g->count, error) != CHARNN_OK) {
                return error->status;
            }
        }
    }
    return CHARNN_OK;
}

/* Draws the group and prints it in order; `first` is the number of its first text. */
static enum status draw_group(const struct group *g, size_t first, struct error *error) {
    struct sampling *s = g->s;
    for (size_t i = 0; i < g->count; i++) {
        g->texts[i] = (struct text){.bytes = g->texts[i].bytes, .capacity = g->texts[i].capacity};
    }
    if (sampling_begin_text(s, first, error) != CHARNN_OK) {
        return error->status;
    }
    read_prime(g);
    enum status status = draw_symbols(g, error);
    for (size_t i = 0; status == CHARNN_OK && i < g->count; i++) {
        status = i > 0 ? sampling_begin_text(s, first + i, error) : CHARNN_OK;
        status = status == CHARNN_OK ? print_text(g, &g->texts[i], 0, error) : status;
    }
    return status;
}

static enum status draw_groups(struct group *g, struct error *error) {
    struct sampling *s = g->s;
    size_t total = s->settings->num_samples;
    for (size_t first = 0; first < total; first += g->count) {
        g->count = total - first < s->streams ? total - first : s->streams;
        if (first > 0) {
            generator_restart(s->generator, s->seed, (uint32_t)first, g->count);
        }
        if (draw_group(g, first, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

enum status sampling_draw(struct sampling *s, struct error *error) {
    struct group g = {.s = s, .steps = s->streams > 1 ? STEPS : 1};
    bool drawn = MEMORY_NEW(&g.ids, s->streams * g.steps, "texts", error) == CHARNN_OK &&
                 MEMORY_NEW(&g.texts, s->streams, "texts", error) == CHARNN_OK &&
                 draw_groups(&g, error) == CHARNN_OK;
    for (size_t i = 0; g.texts != NULL && i < s->streams; i++) {
        memory_free(g.texts[i].bytes);
    }
    memory_free(g.texts);
    memory_free(g.ids);
    return drawn ? CHARNN_OK : error->status;
}
