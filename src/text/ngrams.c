#include "text/ngrams.h"

#include "base/arena.h"

#include <string.h>

/* What a is: how often the text has a gram, or how many symbols precede it. */
enum { OCCURRENCES, PREDECESSORS, KINDS };

enum { CLASSES = 3 }; /* of counts with a discount of their own: 1, 2, more */

/* The grams of text and passage, of `longest` symbols or up to an end, in lexical order. Those that
 * begin alike are neighbours, for any number of symbols. */
struct ngrams {
    struct ngrams_plan plan;
    size_t count;        /* grams: symbols of text and passage */
    uint32_t *order;     /* [count] where they begin */
    uint32_t *before;    /* [count] the symbol before each; V at the start */
    uint8_t *lengths;    /* [count] */
    uint8_t *common;     /* [count] symbols that each has in common with the one before it */
    uint8_t *reach;      /* [count] lengths, by position */
    size_t *starts;      /* [V + 2] of the counting sort */
    size_t *seen;        /* [V + 1] the last gram (`grams`) that the symbol precedes */
    size_t grams;        /* looked at so far */
    size_t ends[2];      /* the grams that begin with the end symbol, in the order */
    double *shorter;     /* [passage] probabilities by the shorter grams */
    double *probability; /* [passage] */
    size_t length;       /* of the grams that are counted; 0 before the first call */
};

/* Runs once to count and once to place; see base/arena.h. */
static void lay_out(struct ngrams *g, struct arena *arena) {
    struct ngrams *placed = arena_take(arena, 1, sizeof *placed);
    const size_t symbols = g->plan.vocab;
    g->order = arena_take(arena, g->count, sizeof *g->order);
    g->before = arena_take(arena, g->count, sizeof *g->before);
    g->lengths = arena_take(arena, g->count, sizeof *g->lengths);
    g->common = arena_take(arena, g->count, sizeof *g->common);
    g->reach = arena_take(arena, g->count, sizeof *g->reach);
    g->starts = arena_take(arena, symbols + 2, sizeof *g->starts);
    g->seen = arena_take(arena, symbols + 1, sizeof *g->seen);
    g->shorter = arena_take(arena, g->plan.passage, sizeof *g->shorter);
    g->probability = arena_take(arena, g->plan.passage, sizeof *g->probability);
    if (placed != NULL) {
        *placed = *g;
    }
}

static struct ngrams planned(const struct ngrams_plan *plan) {
    return (struct ngrams){.plan = *plan, .count = plan->training + plan->passage};
}

size_t ngrams_memory(const struct ngrams_plan *plan) {
    struct ngrams g = planned(plan);
    struct arena arena = {0};
    lay_out(&g, &arena);
    return arena.used;
}

/* A gram ends with its text, and with the first end symbol after its own first symbol. */
static void find_reach(struct ngrams *g) {
    const int32_t *ids = g->plan.ids;
    for (size_t i = g->count; i-- > 0;) {
        bool last = i + 1 == g->count || i + 1 == g->plan.training;
        size_t more = last ? 0 : ids[i + 1] == g->plan.end ? 1 : g->reach[i + 1];
        g->reach[i] = (uint8_t)(more < g->plan.longest ? more + 1 : g->plan.longest);
    }
}

/* The symbol at an index of a gram as a number to sort by; 0 after its end. */
static size_t sort_key(const struct ngrams *g, size_t begin, size_t index) {
    return index < g->reach[begin] ? (size_t)g->plan.ids[begin + index] + 1 : 0;
}

/* A radix sort from the last symbol to the first: its time does not depend on the text. */
static void sort(struct ngrams *g) {
    for (size_t i = 0; i < g->count; i++) {
        g->order[i] = (uint32_t)i;
    }
    for (size_t index = g->plan.longest; index-- > 0;) {
        memset(g->starts, 0, (g->plan.vocab + 2) * sizeof *g->starts);
        for (size_t i = 0; i < g->count; i++) {
            g->starts[sort_key(g, i, index) + 1]++;
        }
        for (size_t key = 1; key <= g->plan.vocab; key++) {
            g->starts[key] += g->starts[key - 1];
        }
        for (size_t i = 0; i < g->count; i++) {
            g->before[g->starts[sort_key(g, g->order[i], index)]++] = g->order[i];
        }
        uint32_t *sorted = g->before;
        g->before = g->order;
        g->order = sorted;
    }
}

/* Symbols that two grams have in common. */
static size_t compare(const struct ngrams *g, size_t a, size_t b) {
    size_t most = g->reach[a] < g->reach[b] ? g->reach[a] : g->reach[b];
    size_t length = 0;
    while (length < most && g->plan.ids[a + length] == g->plan.ids[b + length]) {
        length++;
    }
    return length;
}

static void describe_sorted(struct ngrams *g) {
    const int32_t *ids = g->plan.ids;
    for (size_t i = 0; i < g->count; i++) {
        size_t begin = g->order[i];
        g->lengths[i] = g->reach[begin];
        g->common[i] = (uint8_t)(i > 0 ? compare(g, g->order[i - 1], begin) : 0);
        g->before[i] = begin > 0 ? (uint32_t)ids[begin - 1] : (uint32_t)g->plan.vocab;
        if (ids[begin] == g->plan.end) {
            g->ends[0] = g->ends[1] == 0 ? i : g->ends[0];
            g->ends[1] = i + 1;
        }
    }
}

enum status ngrams_create(const struct ngrams_plan *plan, struct ngrams **ngrams,
                          struct error *error) {
    struct ngrams g = planned(plan);
    struct arena arena = {0};
    *ngrams = NULL;
    if (g.count > UINT32_MAX) {
        return error_set(error, CHARNN_ERROR_MEMORY,
                         "a text of %zu characters is too long to count its n-grams", g.count);
    }
    lay_out(&g, &arena);
    if (arena_allocate(&arena, "n-grams", error) != CHARNN_OK) {
        return error->status;
    }
    lay_out(&g, &arena);
    find_reach(&g);
    sort(&g);
    describe_sorted(&g);
    for (size_t i = 0; i < plan->passage; i++) {
        g.shorter[i] = 1 / (double)plan->vocab;
    }
    *ngrams = (struct ngrams *)(void *)arena.block;
    **ngrams = g;
    return CHARNN_OK;
}

void ngrams_destroy(struct ngrams *ngrams) {
    memory_free(ngrams);
}

/* A gram of the current length. */
struct gram {
    size_t begin, end; /* where it is in the order */
    size_t a[KINDS];
    bool asked; /* the passage has it */
};

/* Whether the symbols before a gram count only how often it occurs. */
static bool has_no_predecessor(const struct ngrams *g, size_t i) {
    return g->length > 1 && i >= g->ends[0] && i < g->ends[1];
}

/* Finds the first gram from `at` on, which has the current length, before `end`. */
static bool find_gram(struct ngrams *g, size_t at, size_t end, struct gram *gram) {
    while (at < end && g->lengths[at] < g->length) {
        at++;
    }
    if (at == end) {
        return false;
    }
    /* An end symbol that begins the text is no gram of one symbol. */
    size_t first = g->length == 1 && g->plan.ids[0] == g->plan.end;
    bool alone = has_no_predecessor(g, at);
    *gram = (struct gram){.begin = at};
    g->grams++;
    do {
        bool counted = g->order[at] - first < g->plan.training - first;
        bool is_new = alone || g->seen[g->before[at]] != g->grams;
        gram->asked = gram->asked || g->order[at] >= g->plan.training;
        if (counted) {
            gram->a[OCCURRENCES]++;
            gram->a[PREDECESSORS] += is_new;
            g->seen[g->before[at]] = g->grams;
        }
        at++;
    } while (at < end && g->common[at] >= g->length);
    gram->end = at;
    return true;
}

struct discounts {
    double of[CLASSES + 1]; /* of a = 0, 1, 2, and more */
};

static double discount(const struct discounts *d, size_t a) {
    return d->of[a < CLASSES ? a : CLASSES];
}

/* From the numbers of grams by their a, from 1 to 4. */
static struct discounts make_discounts(const size_t numbers[CLASSES + 2]) {
    static const struct discounts fallback = {{0, 0.5, 1, 1.5}};
    struct discounts d = {{0}};
    double y = (double)numbers[1] / (double)(numbers[1] + 2 * numbers[2]);
    for (size_t i = 1; i <= CLASSES; i++) {
        d.of[i] = (double)i - (double)(i + 1) * y * (double)numbers[i + 1] / (double)numbers[i];
        if (numbers[i] == 0 || numbers[i + 1] == 0 || !(d.of[i] > 0 && d.of[i] <= (double)i)) {
            return fallback;
        }
    }
    return d;
}

static void find_discounts(struct ngrams *g, struct discounts discounts[KINDS]) {
    size_t numbers[KINDS][CLASSES + 2] = {{0}};
    struct gram gram;
    for (size_t at = 0; find_gram(g, at, g->count, &gram); at = gram.end) {
        for (size_t kind = 0; kind < KINDS; kind++) {
            if (gram.a[kind] < CLASSES + 2) {
                numbers[kind][gram.a[kind]]++;
            }
        }
    }
    for (size_t kind = 0; kind < KINDS; kind++) {
        discounts[kind] = make_discounts(numbers[kind]);
    }
}

/* The grams that share a context. */
struct context {
    double a[KINDS], spared[KINDS]; /* the sums of a and of its discounts */
    bool asked;                     /* the passage has one of them */
};

static struct context read_context(struct ngrams *g, size_t begin, size_t end,
                                   const struct discounts discounts[KINDS]) {
    struct context c = {.asked = false};
    struct gram gram;
    for (size_t at = begin; find_gram(g, at, end, &gram); at = gram.end) {
        for (size_t kind = 0; kind < KINDS; kind++) {
            c.a[kind] += (double)gram.a[kind];
            c.spared[kind] += discount(&discounts[kind], gram.a[kind]);
        }
        c.asked = c.asked || gram.asked;
    }
    return c;
}

/* p(w | h) from p(w | h'). */
static double interpolate(const struct context *c, const struct discounts *d, size_t kind, size_t a,
                          double shorter) {
    return ((double)a - discount(d, a) + c->spared[kind] * shorter) / c->a[kind];
}

/* Predicts the last symbols of the grams that the passage has. */
static void predict(struct ngrams *g, size_t begin, size_t end, const struct context *c,
                    const struct discounts discounts[KINDS]) {
    struct gram gram;
    for (size_t at = begin; find_gram(g, at, end, &gram); at = gram.end) {
        for (size_t i = gram.begin; gram.asked && i < gram.end; i++) {
            if (g->order[i] < g->plan.training) {
                continue;
            }
            size_t t = g->order[i] - g->plan.training + g->length - 1;
            double shorter = g->shorter[t];
            g->probability[t] =
                interpolate(c, &discounts[OCCURRENCES], OCCURRENCES, gram.a[OCCURRENCES], shorter);
            g->shorter[t] = interpolate(c, &discounts[PREDECESSORS], PREDECESSORS,
                                        gram.a[PREDECESSORS], shorter);
        }
    }
}

const double *ngrams_next(struct ngrams *ngrams) {
    struct ngrams *g = ngrams;
    struct discounts discounts[KINDS];
    memcpy(g->probability, g->shorter, g->plan.passage * sizeof *g->probability);
    g->length++;
    find_discounts(g, discounts);
    for (size_t begin = 0, end; begin < g->count; begin = end) {
        end = begin + 1;
        while (end < g->count && (size_t)g->common[end] + 1 >= g->length) {
            end++;
        }
        const struct context c = read_context(g, begin, end, discounts);
        if (c.asked && c.a[OCCURRENCES] > 0) {
            predict(g, begin, end, &c, discounts);
        }
    }
    return g->probability;
}
