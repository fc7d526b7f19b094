#include "infer/memorization.h"

#include "base/arena.h"
#include "base/memory.h"
#include "text/corpus_read.h"

#include <assert.h>
#include <string.h>

enum { ROOT = 0, CHUNK = 4096 };

#define NONE UINT32_MAX

/* A set of strings that end at the same places of the text: all of the lengths from that of its
 * link, plus one, to its own. */
struct state {
    uint32_t length; /* of the longest */
    uint32_t link; /* the state of the longest suffix that ends also elsewhere; of the root: NONE */
    uint32_t edges; /* the first of its list */
    uint32_t end;   /* where one such string ends: the index of its last symbol */
    uint32_t best;  /* the longest of its strings that is in the corpus; 0: none */
    bool copy;      /* made from another state, so that the text up to `end` is not in it */
};

struct edge {
    uint32_t state, symbol, target;
    uint32_t next; /* of the same state */
};

struct automaton {
    struct state *states;
    struct edge *edges;
    uint32_t *table; /* from a hash of state and symbol to the edge; NONE where free */
    size_t mask;     /* its size less 1 */
    uint32_t state_count, edge_count;
    uint32_t *lengths; /* [symbols]: the longest run that ends there */
    uint32_t *order;   /* states by length */
    uint32_t *starts;  /* to sort them */
};

/* ---- the automaton of the text ----------------------------------------------------------------
 */

static void lay_out(struct automaton *a, size_t symbols, struct arena *arena) {
    size_t size = 16;
    while (size < 6 * symbols) { /* 3 edges a symbol at most, and half of it stays free */
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

/* Where the edge is in the table, or where it would be. */
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

/* The state of the strings of `target` that are no longer than those of `from` by one symbol. */
static uint32_t split_state(struct automaton *a, uint32_t from, uint32_t symbol, uint32_t target) {
    const struct state *old = &a->states[target];
    uint32_t made = add_state(a, a->states[from].length + 1, old->link, old->end);
    a->states[made].copy = true;
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

/* Goes on by a symbol at the text's end; returns the state of the whole text. */
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

/* ---- the corpus -------------------------------------------------------------------------------
 */

/* Reads the corpus, and notes for each state the longest string found; finds the longest of all. */
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
            uint32_t symbol = (uint32_t)ids[i]; /* one the text lacks is no symbol of any edge */
            uint32_t edge;
            while ((edge = find_edge(a, state, symbol)) == NONE && state != ROOT) {
                state = a->states[state].link;
                length = a->states[state].length;
            }
            state = edge != NONE ? a->edges[edge].target : ROOT;
            length = edge != NONE ? length + 1 : 0;
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

/* All states, shorter before longer: a counting sort. */
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

/* With a string all its suffixes are in the corpus; and where none of a state is, its link may
 * have one. */
static void spread(struct automaton *a) {
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
        if (!a->states[v].copy) {
            a->lengths[a->states[v].end] = a->states[v].best;
        }
    }
    size_t copied = 0;
    size_t begin = symbols; /* of the runs that reach to where we are */
    for (size_t i = symbols; i-- > 0;) {
        size_t length = a->lengths[i];
        if (length > run && i + 1 - length < begin) {
            begin = i + 1 - length;
        }
        copied += i >= begin;
    }
    return copied;
}

/* ---- all --------------------------------------------------------------------------------------
 */

/* A vocabulary of the codes but the end symbol, which therefore is no symbol of the corpus that any
 * edge has. */
static enum status build_vocab(enum encoding encoding, const uint32_t *codes, size_t count,
                               struct vocab **vocab, struct error *error) {
    void *memory;
    if (memory_allocate(CHARNN_SYMBOL_LIMIT, sizeof(uint32_t), "the text's symbols", &memory,
                        error) != CHARNN_OK) {
        return error->status;
    }
    uint32_t *different = memory; /* first marks by code, then the codes of those marked */
    for (size_t i = 0; i < count; i++) {
        if (codes[i] != CHARNN_SYMBOL_END) {
            different[codes[i]] = 1;
        }
    }
    size_t found = 0;
    for (uint32_t code = 0; code < CHARNN_SYMBOL_LIMIT; code++) {
        if (different[code] != 0) {
            different[found++] = code;
        }
    }
    enum status status = vocab_create(encoding, different, found, vocab, error);
    memory_free(memory);
    return status;
}

static void compare(struct automaton *a, const struct corpus *corpus, const struct vocab *vocab,
                    const uint32_t *codes, size_t count, size_t run,
                    struct memorization_report *report) {
    memset(a->table, 0xFF, (a->mask + 1) * sizeof *a->table);
    uint32_t last = add_state(a, 0, NONE, 0);
    for (uint32_t i = 0; i < count; i++) {
        bool end = codes[i] == CHARNN_SYMBOL_END;
        int32_t id = end ? (int32_t)vocab_size(vocab) : vocab_find(vocab, codes[i]);
        last = extend(a, last, (uint32_t)id, i);
        report->characters += !end;
    }
    read_corpus(a, corpus, vocab, report);
    sort_states(a, count);
    spread(a);
    report->copied = count_copied(a, count, run);
}

enum status memorization_find(const struct corpus *corpus, const uint32_t *codes, size_t count,
                              size_t run, struct memorization_report *report, struct error *error) {
    *report = (struct memorization_report){0};
    size_t characters = 0;
    for (size_t i = 0; i < count; i++) {
        characters += codes[i] != CHARNN_SYMBOL_END;
    }
    if (characters == 0) {
        return CHARNN_OK;
    }
    if (count > UINT32_MAX / 8) {
        return error_set(error, CHARNN_ERROR_MEMORY,
                         "a text of %zu characters is too long to be looked for copies", count);
    }
    struct vocab *vocab = NULL;
    if (build_vocab(corpus_encoding(corpus), codes, count, &vocab, error) != CHARNN_OK) {
        return error->status;
    }
    struct automaton automaton = {0};
    struct arena arena = {0};
    void *block = NULL;
    lay_out(&automaton, count, &arena);
    enum status status = memory_allocate(arena.used, 1, "looking for copies", &block, error);
    if (status == CHARNN_OK) {
        arena = (struct arena){.block = block};
        lay_out(&automaton, count, &arena);
        compare(&automaton, corpus, vocab, codes, count, run, report);
        memory_free(block);
    }
    vocab_destroy(vocab);
    return status;
}
