#include "base/memory.h"
#include "cli/sample/sampling.h"

#include <string.h>

/* Limits of the streams, whatever the number of threads, and bytes of texts that may wait. */
enum { STREAMS_FEWEST = 64, STREAMS_PER_THREAD = 16, STREAMS_MOST = 1024 };
enum { WAITING_BYTES = 64000000 };

/* Symbols drawn per text before any are printed, if there are several streams. */
enum { STEPS = 16 };

/* The part of a text that is drawn but not printed. */
struct text {
    unsigned char *bytes;
    size_t size, capacity;
    struct stop_watch watch;
    bool ended; /* by a stop text, which is removed, or the end of the record */
};

struct drawing {
    struct sampling *sampling;
    size_t steps;       /* symbols of each text that are drawn at once */
    int32_t *ids;       /* [steps][texts] */
    struct text *texts; /* [streams]; only the first is printed while it is drawn */
};

/* The longest text in bytes, or SIZE_MAX. */
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

size_t sampling_streams(const struct sampling *sampling) {
    size_t texts = sampling->settings->num_samples;
    size_t waiting = WAITING_BYTES / text_bytes(sampling);
    size_t most = thread_pool_size_for(sampling->settings->threads) * STREAMS_PER_THREAD;
    most = most < STREAMS_FEWEST ? STREAMS_FEWEST : most > STREAMS_MOST ? STREAMS_MOST : most;
    most = waiting < most - 1 ? waiting + 1 : most;
    size_t groups = (texts - 1) / most + 1;
    return (texts - 1) / groups + 1;
}

/* Prints the text except its last `kept` bytes. */
static enum status print_text(const struct drawing *d, struct text *text, size_t kept,
                              struct error *error) {
    size_t size = text->size - kept;
    if (sampling_write(d->sampling, text->bytes, size, error) != CHARNN_OK) {
        return error->status;
    }
    if (size > 0) {
        memmove(text->bytes, text->bytes + size, kept);
    }
    text->size = kept;
    return CHARNN_OK;
}

static enum status add_symbol(const struct drawing *d, struct text *text, int32_t id,
                              struct error *error) {
    const struct sampling *s = d->sampling;
    if (text->ended || id == vocab_end(s->vocab)) {
        text->ended = true;
        return CHARNN_OK;
    }
    if (MEMORY_GROW(&text->bytes, &text->capacity, text->size, text->size + CHARNN_SYMBOL_BYTES,
                    "texts", error) != CHARNN_OK) {
        return error->status;
    }
    text->size += symbol_encode(vocab_code(s->vocab, id), text->bytes + text->size);
    size_t stop = stops_advance(s->stops, &text->watch, id);
    text->size -= stop;
    text->ended = stop > 0;
    return CHARNN_OK;
}

/* Adds a symbol to each text and prints of the first what cannot become a stop text any more. */
static enum status add_symbols(const struct drawing *d, const int32_t *ids, size_t texts,
                               struct error *error) {
    for (size_t i = 0; i < texts; i++) {
        if (add_symbol(d, &d->texts[i], ids[i], error) != CHARNN_OK) {
            return error->status;
        }
    }
    struct text *first = &d->texts[0];
    size_t kept = first->ended ? 0 : stops_pending(d->sampling->stops, &first->watch);
    return print_text(d, first, kept, error);
}

static bool all_ended(const struct drawing *d, size_t texts) {
    const volatile sig_atomic_t *interrupted = d->sampling->interrupted;
    size_t ended = 0;
    while (ended < texts && d->texts[ended].ended) {
        ended++;
    }
    return ended == texts || (interrupted != NULL && *interrupted != 0);
}

static enum status draw_symbols(const struct drawing *d, size_t texts, struct error *error) {
    size_t length = d->sampling->settings->length;
    length = length > 0 ? length : SIZE_MAX;
    size_t steps;
    for (size_t done = 0; done < length && !all_ended(d, texts); done += steps) {
        steps = length - done < d->steps ? length - done : d->steps;
        if (generator_write(d->sampling->generator, steps, d->ids, error) != CHARNN_OK) {
            return error->status;
        }
        for (size_t t = 0; t < steps; t++) {
            if (add_symbols(d, d->ids + t * texts, texts, error) != CHARNN_OK) {
                return error->status;
            }
        }
    }
    return CHARNN_OK;
}

/* Draws texts[texts] side by side and prints them in order; `first` is the number of the first. */
static enum status draw_group(const struct drawing *d, size_t first, size_t texts,
                              struct error *error) {
    struct sampling *s = d->sampling;
    for (size_t i = 0; i < texts; i++) {
        d->texts[i] = (struct text){.bytes = d->texts[i].bytes, .capacity = d->texts[i].capacity};
    }
    if (sampling_begin_text(s, first, error) != CHARNN_OK) {
        return error->status;
    }
    generator_prime(s->generator, s->prime.ids, s->prime.count);
    if (draw_symbols(d, texts, error) != CHARNN_OK ||
        print_text(d, &d->texts[0], 0, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 1; i < texts; i++) {
        if (sampling_begin_text(s, first + i, error) != CHARNN_OK ||
            print_text(d, &d->texts[i], 0, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status draw_groups(const struct drawing *d, struct error *error) {
    struct sampling *s = d->sampling;
    size_t total = s->settings->num_samples;
    size_t texts;
    for (size_t first = 0; first < total; first += texts) {
        texts = total - first < s->streams ? total - first : s->streams;
        if (first > 0) {
            generator_restart(s->generator, s->seed, (uint32_t)first, texts);
        }
        if (draw_group(d, first, texts, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

enum status sampling_draw(struct sampling *sampling, struct error *error) {
    size_t streams = sampling->streams;
    struct drawing d = {.sampling = sampling, .steps = streams > 1 ? STEPS : 1};
    bool drawn = MEMORY_NEW(&d.ids, streams * d.steps, "texts", error) == CHARNN_OK &&
                 MEMORY_NEW(&d.texts, streams, "texts", error) == CHARNN_OK &&
                 draw_groups(&d, error) == CHARNN_OK;
    for (size_t i = 0; d.texts != NULL && i < streams; i++) {
        memory_free(d.texts[i].bytes);
    }
    memory_free(d.texts);
    memory_free(d.ids);
    return drawn ? CHARNN_OK : error->status;
}
