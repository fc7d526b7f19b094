#include "cli/eval/score_walk.h"

#include <assert.h>

enum { SINKS_MOST = 2 }; /* one on standard output, and the page */

struct walking {
    const struct score_walk *walk;
    struct scorer *scorer, *other; /* other: NULL without */
    struct score_sink sinks[SINKS_MOST];
    size_t sink_count;
    size_t position, line;
    struct evaluation *result;
};

bool score_walk_writes(const struct eval_settings *settings) {
    return settings->per_line || settings->per_char || settings->heat;
}

bool score_walk_wanted(const struct eval_settings *settings) {
    return score_walk_writes(settings) || settings->heat_html[0] != '\0';
}

static enum status open_sinks(struct walking *w, struct error *error) {
    const struct score_walk *walk = w->walk;
    const struct eval_settings *settings = walk->settings;
    const struct score_format format = {.out = walk->out,
                                        .json = settings->json,
                                        .vocab = walk->vocab,
                                        .against = walk->other != NULL};
    struct score_sink *next = w->sinks;
    enum status status = CHARNN_OK;
    if (score_walk_writes(settings)) {
        status = settings->per_line   ? line_table_open(&format, next, error)
                 : settings->per_char ? char_table_open(&format, next, error)
                                      : heat_text_open(walk->out, next, error);
        w->sink_count += status == CHARNN_OK;
    }
    if (status == CHARNN_OK && settings->heat_html[0] != '\0') {
        next = &w->sinks[w->sink_count];
        status = heat_page_open(settings->heat_html, walk->vocab, next, error);
        w->sink_count += status == CHARNN_OK;
    }
    return status;
}

static enum status open_scorers(struct walking *w, struct error *error) {
    const struct score_walk *walk = w->walk;
    const struct eval_settings *settings = walk->settings;
    struct scorer_plan plan = {.model = walk->model,
                               .vocab = walk->vocab,
                               .corpus = walk->corpus,
                               .part = walk->part,
                               .details = settings->per_char || settings->heat_html[0] != '\0'};
    if (scorer_create(&plan, &w->scorer, error) != CHARNN_OK) {
        return error->status;
    }
    if (walk->other == NULL) {
        return CHARNN_OK;
    }
    plan.model = walk->other;
    plan.vocab = walk->other_vocab;
    plan.details = false;
    return scorer_create(&plan, &w->other, error);
}

static enum status show(struct walking *w, const struct symbol_score *score,
                        const struct symbol_score *other, struct error *error) {
    if (w->position == 0 && score->code == CHARNN_SYMBOL_END) {
        return CHARNN_OK; /* the end of nothing: no record is empty */
    }
    const struct scored_symbol symbol = {
        .position = ++w->position, .line = w->line, .score = score, .other = other};
    w->line += symbol_ends_line(score->code);
    w->result->scored += score->scored;
    w->result->unknown += !score->known;
    w->result->nats += score->nats;
    for (size_t i = 0; i < w->sink_count; i++) {
        if (w->sinks[i].add(w->sinks[i].context, &symbol, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status go(struct walking *w, struct error *error) {
    const struct score_walk *walk = w->walk;
    struct symbol_score scores[CHARNN_SCORER_CHUNK];
    struct symbol_score others[CHARNN_SCORER_CHUNK];
    size_t count;
    size_t done = 0;
    while ((count = scorer_next(w->scorer, scores)) > 0) {
        if (w->other != NULL) {
            size_t same = scorer_next(w->other, others);
            assert(same == count);
            (void)same;
        }
        for (size_t i = 0; i < count; i++) {
            if (show(w, &scores[i], w->other != NULL ? &others[i] : NULL, error) != CHARNN_OK) {
                return error->status;
            }
        }
        done += count;
        if (walk->watch != NULL) {
            walk->watch->tell(walk->watch->context, done, walk->part.end - walk->part.begin);
        }
    }
    for (size_t i = 0; i < w->sink_count; i++) {
        if (w->sinks[i].end(w->sinks[i].context, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

enum status score_walk_run(const struct score_walk *walk, struct evaluation *result,
                           struct error *error) {
    struct walking w = {.walk = walk, .line = 1, .result = result};
    *result = (struct evaluation){0};
    enum status status = open_scorers(&w, error);
    if (status == CHARNN_OK) {
        status = open_sinks(&w, error);
    }
    if (status == CHARNN_OK) {
        status = go(&w, error);
    }
    for (size_t i = 0; i < w.sink_count; i++) {
        w.sinks[i].close(w.sinks[i].context);
    }
    scorer_destroy(w.other);
    scorer_destroy(w.scorer);
    return status;
}
