#include "base/memory.h"

#include "cli/sample/group.h"
#include "cli/sample/unique.h"

/* How many texts are drawn side by side, and how many bytes of them may wait to be printed. */
enum { STREAMS_FEWEST = 64, STREAMS_PER_THREAD = 16, STREAMS_MOST = 1024 };
enum { WAITING_BYTES = 64000000 };

/* Attempts at a text that must be unique, before it is left out. */
enum { ATTEMPTS = 200 };

/* The most bytes of a text; SIZE_MAX: no limit. */
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

/* --num-samples for each prime. */
static size_t count_texts(const struct sampling *s) {
    return s->settings->num_samples * (s->primes != NULL ? s->prime_count : 1);
}

size_t sampling_streams(const struct sampling *s) {
    size_t texts = count_texts(s);
    size_t waiting = WAITING_BYTES / text_bytes(s);
    size_t most = thread_pool_size_for(s->settings->threads) * STREAMS_PER_THREAD;
    most = most < STREAMS_FEWEST ? STREAMS_FEWEST : most > STREAMS_MOST ? STREAMS_MOST : most;
    most = waiting < most - 1 ? waiting + 1 : most;
    size_t groups = (texts - 1) / most + 1;
    return (texts - 1) / groups + 1;
}

/* Fills the group with the texts from text `first` on. `first` does not count the texts of refused
 * primes, but the numbers of texts do. */
static void set_up_texts(struct group *g, size_t first) {
    const struct sampling *s = g->s;
    size_t each = s->settings->num_samples;
    for (size_t i = 0; i < g->count; i++) {
        const struct prime *prime = s->primes != NULL ? &s->primes[(first + i) / each] : &s->prime;
        size_t number = prime->index * each + (first + i) % each;
        sampled_text_restart(&g->texts[i], number, prime);
        g->drawn[i] = &g->texts[i];
    }
    g->drawn_count = g->count;
}

static struct unique_text parts_of(const struct sampled_text *text) {
    return (struct unique_text){{text->prime->bytes, text->bytes}, {text->prime->size, text->size}};
}

/* *known: whether the text was accepted before or stands in the corpus; false if it is left out. */
static enum status find_text(const struct group *g, const struct sampled_text *text, bool *known,
                             struct error *error) {
    *known = false;
    if (text->prime == NULL) {
        return CHARNN_OK;
    }
    const struct unique_text parts = parts_of(text);
    return unique_find(g->s->unique, &parts, known, error);
}

/* Accepts a text that is not known, or counts a text that is left out. */
static enum status accept_text(const struct group *g, const struct sampled_text *text,
                               struct error *error) {
    if (text->prime == NULL) {
        g->s->repeated++;
        return CHARNN_OK;
    }
    const struct unique_text parts = parts_of(text);
    return unique_add(g->s->unique, &parts, error);
}

/* Gives the text the number of its next attempt, which no other text has. After too many attempts
 * the text is left out: its prime is NULL. */
static void try_again(const struct sampling *s, struct sampled_text *text) {
    size_t cycle = s->settings->num_samples * s->prime_total;
    size_t number = text->number + cycle;
    bool last = number / cycle >= ATTEMPTS || number > UINT32_MAX;
    sampled_text_restart(text, number, last ? NULL : text->prime);
}

/* Lists in `drawn` the known texts from `next` on, each with the number of its next attempt. */
static enum status list_known(struct group *g, size_t next, struct error *error) {
    g->drawn_count = 0;
    for (size_t i = next; i < g->count; i++) {
        struct sampled_text *text = &g->texts[i];
        bool known;
        if (find_text(g, text, &known, error) != CHARNN_OK) {
            return error->status;
        }
        if (known) {
            try_again(g->s, text);
        }
        if (known && text->prime != NULL) {
            g->drawn[g->drawn_count++] = text;
        }
    }
    return CHARNN_OK;
}

/*
 * Makes further attempts at known texts. A text is accepted only after all texts before it, so the
 * result does not depend on how texts are grouped: each text is the first of its attempts that
 * equals no text before it.
 */
static enum status settle(struct group *g, struct error *error) {
    size_t next = 0;
    for (;;) {
        bool known = false;
        for (; next < g->count && !known; next += !known) {
            const struct sampled_text *text = &g->texts[next];
            if (find_text(g, text, &known, error) != CHARNN_OK ||
                (!known && accept_text(g, text, error) != CHARNN_OK)) {
                return error->status;
            }
        }
        if (next == g->count) {
            return CHARNN_OK;
        }
        if (list_known(g, next, error) != CHARNN_OK ||
            (g->drawn_count > 0 && group_draw(g, error) != CHARNN_OK)) {
            return error->status;
        }
    }
}

static enum status print_text(const struct group *g, size_t i, struct error *error) {
    struct sampled_text *text = &g->texts[i];
    if (text->prime == NULL) {
        return CHARNN_OK;
    }
    if (g->s->settings->json) {
        return sampling_write_json(g->s, text, error);
    }
    if (!(g->live && i == 0) && sampling_begin_text(g->s, text->prime, error) != CHARNN_OK) {
        return error->status;
    }
    return group_print(g, text, 0, error);
}

/* Draws the group and prints it in order; `first` as in set_up_texts(). */
static enum status draw_group(struct group *g, size_t first, struct error *error) {
    set_up_texts(g, first);
    g->live = !g->s->settings->json && g->s->unique == NULL;
    if ((g->live && sampling_begin_text(g->s, g->texts[0].prime, error) != CHARNN_OK) ||
        group_draw(g, error) != CHARNN_OK ||
        (g->s->unique != NULL && settle(g, error) != CHARNN_OK)) {
        return error->status;
    }
    for (size_t i = 0; i < g->count; i++) {
        if (print_text(g, i, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status draw_groups(struct group *g, struct error *error) {
    size_t total = count_texts(g->s);
    for (size_t first = 0; first < total; first += g->count) {
        g->count = total - first < g->s->streams ? total - first : g->s->streams;
        if (draw_group(g, first, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

enum status sampling_draw(struct sampling *s, struct error *error) {
    struct group group;
    enum status status = group_init(&group, s, error);
    if (status == CHARNN_OK) {
        status = draw_groups(&group, error);
    }
    group_deinit(&group);
    return status;
}
