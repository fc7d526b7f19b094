#include "infer/stops.h"

#include "base/memory.h"
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct stop {
    int32_t *ids;   /* [length] */
    size_t *border; /* [length]: the longest proper suffix of the first i + 1 symbols that is also
                       a prefix */
    size_t *bytes;  /* [length + 1]: of the first i symbols */
    size_t length;
};

struct stops {
    size_t count;
    struct stop stops[CHARNN_LIST_LENGTH];
};

/* The number of matched symbols after symbol `id`, from `matched` < length before it. */
static size_t advance(const struct stop *stop, size_t matched, int32_t id) {
    while (matched > 0 && stop->ids[matched] != id) {
        matched = stop->border[matched - 1];
    }
    return stop->ids[matched] == id ? matched + 1 : 0;
}

static enum status refuse_forbidden(const struct stop *stop, const struct vocab *vocab,
                                    const bool *allowed, const char *what, struct error *error) {
    for (size_t i = 0; allowed != NULL && i < stop->length; i++) {
        if (!allowed[stop->ids[i]]) {
            char name[CHARNN_SYMBOL_DESCRIPTION];
            uint32_t code = vocab_code(vocab, stop->ids[i]);
            return error_set(error, CHARNN_ERROR_DATA,
                             "%s can never occur: %s at position %zu is not allowed", what,
                             symbol_describe(code, name, sizeof name), i + 1);
        }
    }
    return CHARNN_OK;
}

static enum status stop_init(struct stop *stop, const char *text, const struct vocab *vocab,
                             bool join_newlines, const bool *allowed, struct error *error) {
    size_t size = strlen(text);
    char what[128];
    assert(size > 0);
    struct text shown = text_start(what, sizeof what);
    text_add(&shown, "the stop text '");
    text_add_escaped(&shown, text, "");
    text_add(&shown, "'");
    if (MEMORY_NEW(&stop->ids, size, "a stop text", error) != CHARNN_OK ||
        MEMORY_NEW(&stop->border, size, "a stop text", error) != CHARNN_OK ||
        MEMORY_NEW(&stop->bytes, size + 1, "a stop text", error) != CHARNN_OK ||
        vocab_encode_text(vocab, join_newlines, what, (const unsigned char *)text, size, stop->ids,
                          &stop->length, error) != CHARNN_OK ||
        refuse_forbidden(stop, vocab, allowed, what, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < stop->length; i++) {
        unsigned char bytes[CHARNN_SYMBOL_BYTES];
        stop->border[i] = i > 0 ? advance(stop, stop->border[i - 1], stop->ids[i]) : 0;
        stop->bytes[i + 1] = stop->bytes[i] + symbol_encode(vocab_code(vocab, stop->ids[i]), bytes);
    }
    return CHARNN_OK;
}

enum status stops_create(const struct text_list *texts, const struct vocab *vocab,
                         bool join_newlines, const bool *allowed, struct stops **stops,
                         struct error *error) {
    struct stops *made;
    enum status status = MEMORY_NEW(&made, 1, "the stop texts", error);
    for (size_t i = 0; status == CHARNN_OK && i < texts->count; i++) {
        made->count++;
        status = stop_init(&made->stops[i], texts->texts[i], vocab, join_newlines, allowed, error);
    }
    if (status != CHARNN_OK) {
        stops_destroy(made);
        made = NULL;
    }
    *stops = made;
    return status;
}

void stops_destroy(struct stops *stops) {
    for (size_t i = 0; stops != NULL && i < stops->count; i++) {
        memory_free(stops->stops[i].ids);
        memory_free(stops->stops[i].border);
        memory_free(stops->stops[i].bytes);
    }
    memory_free(stops);
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

size_t stops_advance(const struct stops *stops, struct stop_watch *watch, int32_t id, size_t most) {
    size_t longest = 0;
    for (size_t i = 0; i < stops->count; i++) {
        const struct stop *stop = &stops->stops[i];
        size_t matched = advance(stop, watch->matched[i], id);
        if (matched == stop->length) {
            size_t bytes = stop->bytes[matched];
            longest = bytes <= most ? larger(longest, bytes) : longest;
            matched = stop->border[matched - 1];
        }
        watch->matched[i] = matched;
    }
    return longest;
}

size_t stops_pending(const struct stops *stops, const struct stop_watch *watch) {
    size_t most = 0;
    for (size_t i = 0; i < stops->count; i++) {
        most = larger(most, stops->stops[i].bytes[watch->matched[i]]);
    }
    return most;
}
