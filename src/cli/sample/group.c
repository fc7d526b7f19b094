#include "cli/sample/group.h"

#include "base/memory.h"

#include <string.h>

/* Symbols of each text that several streams draw before any is printed. */
enum { STEPS = 16 };

enum status group_init(struct group *group, struct sampling *s, struct error *error) {
    size_t steps = s->streams > 1 ? STEPS : 1;
    *group = (struct group){.s = s, .steps = steps};
    if (MEMORY_NEW(&group->ids, s->streams * steps, "texts", error) != CHARNN_OK ||
        MEMORY_NEW(&group->texts, s->streams, "texts", error) != CHARNN_OK ||
        MEMORY_NEW(&group->drawn, s->streams, "texts", error) != CHARNN_OK ||
        (s->settings->json &&
         MEMORY_NEW(&group->nats, s->streams * steps, "texts", error) != CHARNN_OK)) {
        return error->status;
    }
    return CHARNN_OK;
}

void group_deinit(struct group *group) {
    for (size_t i = 0; group->texts != NULL && i < group->s->streams; i++) {
        memory_free(group->texts[i].bytes);
    }
    memory_free(group->nats);
    memory_free(group->drawn);
    memory_free(group->texts);
    memory_free(group->ids);
}

enum status group_print(const struct group *group, struct sampled_text *text, size_t pending,
                        struct error *error) {
    size_t size = text->size - pending;
    if (sampling_write(group->s, text->bytes, size, error) != CHARNN_OK) {
        return error->status;
    }
    if (size > 0) {
        memmove(text->bytes, text->bytes + size, pending);
    }
    text->size = pending;
    return CHARNN_OK;
}

/* Adds a symbol to each text. Prints what cannot become a stop text any more, if a text is live. */
static enum status add_symbols(const struct group *g, const int32_t *ids, const double *nats,
                               struct error *error) {
    for (size_t i = 0; i < g->drawn_count; i++) {
        if (sampled_text_add(g->s, g->drawn[i], ids[i], nats != NULL ? nats[i] : 0, error) !=
            CHARNN_OK) {
            return error->status;
        }
    }
    if (!g->live) {
        return CHARNN_OK;
    }
    struct sampled_text *first = g->drawn[0];
    bool ended = first->end != CHARNN_TEXT_GROWS;
    return group_print(g, first, ended ? 0 : stops_pending(g->s->stops, &first->watch), error);
}

static bool is_interrupted(const struct group *g) {
    return g->s->interrupted != NULL && *g->s->interrupted != 0;
}

/* In pieces, so that a long prime can be interrupted. An empty prime also starts the texts. */
static void read_prime(const struct group *g, const struct prime *prime) {
    enum { PIECE = 256 };
    size_t done = 0;
    do {
        size_t left = prime->count - done;
        size_t size = left < PIECE ? left : PIECE;
        generator_prime(g->s->generator, prime->ids + done, size);
        done += size;
    } while (done < prime->count && !is_interrupted(g));
}

static bool is_over(const struct group *g) {
    size_t ended = 0;
    while (ended < g->drawn_count && g->drawn[ended]->end != CHARNN_TEXT_GROWS) {
        ended++;
    }
    return ended == g->drawn_count || is_interrupted(g);
}

/* Starts the texts. Returns the most steps in which one of them still reads. */
static size_t start_texts(const struct group *g) {
    const struct sampling *s = g->s;
    const struct sampled_text *first = g->drawn[0];
    size_t longest = 0;
    if (s->primes == NULL && s->unique == NULL) { /* one prime, successive numbers */
        if (first->number > 0) {
            generator_restart(s->generator, s->seed, (uint32_t)first->number, g->drawn_count);
        }
        read_prime(g, first->prime);
        return 0;
    }
    generator_restart(s->generator, s->seed, 0, g->drawn_count);
    for (size_t i = 0; i < g->drawn_count; i++) {
        const struct prime *prime = g->drawn[i]->prime;
        longest = prime->count > longest ? prime->count : longest;
        generator_start_text(s->generator, i, (uint32_t)g->drawn[i]->number, prime->ids,
                             prime->count);
    }
    return longest + 1;
}

enum status group_draw(const struct group *group, struct error *error) {
    const struct group *g = group;
    size_t limit = SIZE_MAX;
    size_t reading = start_texts(g);
    if (g->s->settings->length > 0) {
        limit = g->s->settings->length + reading;
    }
    size_t steps;
    for (size_t done = 0; done < limit && !is_over(g); done += steps) {
        steps = limit - done < g->steps ? limit - done : g->steps;
        if (generator_write_scored(g->s->generator, steps, g->ids, g->nats, error) != CHARNN_OK) {
            return error->status;
        }
        for (size_t t = 0; t < steps; t++) {
            size_t at = t * g->drawn_count;
            if (add_symbols(g, g->ids + at, g->nats != NULL ? g->nats + at : NULL, error) !=
                CHARNN_OK) {
                return error->status;
            }
        }
    }
    return CHARNN_OK;
}
