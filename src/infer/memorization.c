#include "infer/memorization.h"

#include "base/arena.h"
#include "base/memory.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"

#include <string.h>

enum { ROOT = 0, CHUNK = 4096 };

#define NONE UINT32_MAX

/* A class of substrings of the text that end at the same positions. They are the suffixes of the
 * longest one that are longer than all substrings of the link. */
struct state {
    uint32_t length; /* of the longest substring */
    uint32_t link; /* the state of the longest suffix that ends elsewhere, too; of the root: NONE */
    uint32_t edges; /* the first edge of its list */
    uint32_t end;   /* the last symbol of one occurrence: an index */
    uint32_t best;  /* the length of its longest substring in the corpus; 0: none */
    bool clone;     /* split from another state; its longest substring is no prefix of the text */
};

struct edge {
    uint32_t state, symbol, target;
    uint32_t next; /* the next edge of the same state */
};

struct automaton {
    struct state *states;
    struct edge *edges;
    uint32_t *table; /* from state and symbol to the edge, by open addressing; NONE: free */
    size_t mask;     /* size of the table - 1 */
    uint32_t state_count, edge_count;
    uint32_t *lengths; /* [symbols]: of the longest run that ends there */
    uint32_t *order;   /* states by length */
    uint32_t *starts;  /* of the counting sort */
};

/* Runs once to count and once to place; see base/arena.h. */
static void lay_out(struct automaton *a, size_t symbols, struct arena *arena) {
    size_t size = 16;
    while (size < 6 * symbols) { /* at most 3 edges a symbol, so half of the table stays free */
        size *= 2;
    }
    a->mask = size - 1;
    a->states = arena_take(arena, 2 * symbols + 1, sizeof *a->states);
    a->edges = arena_take(arena, 3 * symbols + 1, sizeof *a->edges);
    a->table = arena_take(arena, size, sizeof *a->table);
    a->lengths = arena_take(arena, symbols, sizeof *a->lengths);
    a->order = arena_take(arena, 2 * symbols + 1, sizeof *a->order);
    a->starts = arena_take(arena, symbols + 2, sizeof *a->starts);
}

/* The edge's slot in the table, or the free slot for it. */
static size_t find_slot(const struct automaton *a, uint32_t state, uint32_t symbol) {
    uint64_t key = ((uint64_t)state << 32 | symbol) * UINT64_C(0x9E3779B97F4A7C15);
    size_t slot = (size_t)(key >> 29) & a->mask;
    while (a->table[slot] != NONE &&
           (a->edges[a->table[slot]].state != state || a->edges[a->table[slot]].symbol != symbol)) {
        slot = (slot + 1) & a->mask;
    }
    return slot;
}

/* The edge from a state by a symbol, or NONE. */
static uint32_t find_edge(const struct automaton *a, uint32_t state, uint32_t symbol) {
    return a->table[find_slot(a, state, symbol)];
}

static void add_edge(struct automaton *a, uint32_t state, uint32_t symbol, uint32_t target) {
    uint32_t edge = a->edge_count++;
    a->edges[edge] = (struct edge){state, symbol, target, a->states[state].edges};
    a->states[state].edges = edge;
    a->table[find_slot(a, state, symbol)] = edge;
}

static uint32_t add_state(struct automaton *a, uint32_t length, uint32_t link, uint32_t end) {
    a->states[a->state_count] =
        (struct state){.length = length, .link = link, .edges = NONE, .end = end};
    return a->state_count++;
}

/* Splits off the substrings of `target` that are at most one symbol longer than the longest
 * substring of `from`. */
static uint32_t split_state(struct automaton *a, uint32_t from, uint32_t symbol, uint32_t target) {
    const struct state *old = &a->states[target];
    uint32_t made = add_state(a, a->states[from].length + 1, old->link, old->end);
    a->states[made].clone = true;
    for (uint32_t e = old->edges; e != NONE; e = a->edges[e].next) {
        add_edge(a, made, a->edges[e].symbol, a->edges[e].target);
    }
    a->states[target].link = made;
    for (; from != NONE; from = a->states[from].link) {
        uint32_t edge = find_edge(a, from, symbol);
        if (edge == NONE || a->edges[edge].target != target) {
            break;
        }
        a->edges[edge].target = made;
    }
    return made;
}

/* Appends symbol number `at` to the text; returns the state of the whole text. */
static uint32_t extend(struct automaton *a, uint32_t last, uint32_t symbol, uint32_t at) {
    uint32_t made = add_state(a, a->states[last].length + 1, ROOT, at);
    uint32_t from = last;
    while (from != NONE && find_edge(a, from, symbol) == NONE) {
        add_edge(a, from, symbol, made);
        from = a->states[from].link;
    }
    if (from != NONE) {
        uint32_t target = a->edges[find_edge(a, from, symbol)].target;
        bool whole = a->states[target].length == a->states[from].length + 1;
        a->states[made].link = whole ? target : split_state(a, from, symbol, target);
    }
    return made;
}

/* Follows a symbol of the corpus. The longest suffix of the corpus so far that is a substring of
 * the text has *length symbols and belongs to *state. */
static void follow(const struct automaton *a, uint32_t symbol, uint32_t *state, uint32_t *length) {
    uint32_t edge;
    while ((edge = find_edge(a, *state, symbol)) == NONE && *state != ROOT) {
        *state = a->states[*state].link;
        *length = a->states[*state].length;
    }
    *state = edge != NONE ? a->edges[edge].target : ROOT;
    *length = edge != NONE ? *length + 1 : 0;
}

/* Finds the longest run, and for each state its longest substring that ends somewhere in the
 * corpus. An end symbol is followed as NONE, which no edge has, so no run contains it. */
static void read_corpus(struct automaton *a, const struct corpus *corpus, const struct vocab *vocab,
                        struct memorization_report *report) {
    struct corpus_cursor cursor;
    int32_t ids[CHUNK];
    uint32_t state = ROOT;
    uint32_t length = 0;
    size_t position = 0;
    size_t count;
    corpus_seek(corpus, 0, &cursor);
    while ((count = corpus_read(corpus, &cursor, vocab, CHUNK, ids)) > 0) {
        for (size_t i = 0; i < count; i++, position++) {
            uint32_t code = ids[i] >= 0 ? vocab_code(vocab, ids[i]) : NONE;
            follow(a, code != CHARNN_SYMBOL_END ? code : NONE, &state, &length);
            struct state *s = &a->states[state];
            s->best = length > s->best ? length : s->best;
            if (length > report->longest) {
                report->longest = length;
                report->corpus_begin = position + 1 - length;
                report->text_begin = s->end + 1 - length;
            }
        }
    }
}

/* A counting sort, ascending. */
static void sort_states(struct automaton *a, size_t symbols) {
    for (uint32_t v = 0; v < a->state_count; v++) {
        a->starts[a->states[v].length + 1]++;
    }
    for (size_t length = 1; length <= symbols; length++) {
        a->starts[length] += a->starts[length - 1];
    }
    for (uint32_t v = 0; v < a->state_count; v++) {
        a->order[a->starts[a->states[v].length]++] = v;
    }
}

/* Completes `best`. If a substring occurs in the corpus, so do its suffixes, which belong to the
 * state's links. A state of which no substring occurs takes the value of its link. */
static void spread_best(struct automaton *a) {
    for (uint32_t i = a->state_count; i-- > 1;) {
        const struct state *s = &a->states[a->order[i]];
        if (s->best > 0) {
            a->states[s->link].best = a->states[s->link].length;
        }
    }
    for (uint32_t i = 1; i < a->state_count; i++) {
        struct state *s = &a->states[a->order[i]];
        s->best = s->best > 0 ? s->best : a->states[s->link].best;
    }
}

static size_t count_copied(struct automaton *a, size_t symbols, size_t run) {
    for (uint32_t v = 1; v < a->state_count; v++) {
        if (!a->states[v].clone) {
            a->lengths[a->states[v].end] = a->states[v].best;
        }
    }
    size_t copied = 0;
    size_t begin = symbols; /* the first symbol of the runs that reach position i */
    for (size_t i = symbols; i-- > 0;) {
        size_t length = a->lengths[i];
        if (length > run && i + 1 - length < begin) {
            begin = i + 1 - length;
        }
        copied += i >= begin;
    }
    return copied;
}

static void compare(struct automaton *a, const struct corpus *corpus, const struct vocab *vocab,
                    const uint32_t *codes, size_t count, size_t run,
                    struct memorization_report *report) {
    memset(a->table, 0xFF, (a->mask + 1) * sizeof *a->table);
    uint32_t last = add_state(a, 0, NONE, 0);
    for (uint32_t i = 0; i < count; i++) {
        last = extend(a, last, codes[i], i);
    }
    read_corpus(a, corpus, vocab, report);
    sort_states(a, count);
    spread_best(a);
    report->copied = count_copied(a, count, run);
}

enum status memorization_find(const struct corpus *corpus, const uint32_t *codes, size_t count,
                              size_t run, struct memorization_report *report, struct error *error) {
    *report = (struct memorization_report){0};
    for (size_t i = 0; i < count; i++) {
        report->characters += codes[i] != CHARNN_SYMBOL_END;
    }
    if (report->characters == 0) {
        return CHARNN_OK;
    }
    if (count > UINT32_MAX / 8) {
        return error_set(error, CHARNN_ERROR_MEMORY,
                         "a text of %zu characters is too long to compare with the corpus", count);
    }
    struct vocab *vocab;
    if (corpus_build_vocab(corpus, &vocab, error) != CHARNN_OK) {
        return error->status;
    }
    struct automaton automaton = {0};
    struct arena arena = {0};
    lay_out(&automaton, count, &arena);
    enum status status = arena_allocate(&arena, "the suffix automaton", error);
    if (status == CHARNN_OK) {
        lay_out(&automaton, count, &arena);
        compare(&automaton, corpus, vocab, codes, count, run, report);
        memory_free(arena.block);
    }
    vocab_destroy(vocab);
    return status;
}
