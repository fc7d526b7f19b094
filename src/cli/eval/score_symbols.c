#include "base/memory.h"
#include "cli/eval/eval.h"
#include "cli/eval/views.h"
#include "text/corpus_read.h"

#include <string.h>

struct walk {
    struct eval *eval;
    struct scorer *scorer;
    struct checkpoint *other_checkpoint; /* of --against; NULL without it, like the next two */
    struct model *other_model;
    struct scorer *other;
    struct line_table lines;
    struct heat_text heat;
    struct heat_page page;
    struct eval_text *text; /* the text being scored */
    size_t position, line;
};

enum status eval_check_same_text(const struct eval *eval, const struct checkpoint *checkpoint,
                                 struct error *error) {
    const struct corpus_format format = checkpoint_corpus_format(eval->checkpoint);
    const struct corpus_format other = checkpoint_corpus_format(checkpoint);
    bool same_encoding = other.encoding == format.encoding;
    if (!same_encoding || strcmp(format.records != NULL ? format.records : "",
                                 other.records != NULL ? other.records : "") != 0) {
        return error_set(error, CHARNN_ERROR_DATA, "cannot compare %s with %s: %s",
                         checkpoint_path(eval->checkpoint), checkpoint_path(checkpoint),
                         same_encoding ? "they were not trained with the same --records"
                                       : "the characters of only one of them are bytes");
    }
    return CHARNN_OK;
}

static enum status open_other(struct walk *w, struct error *error) {
    const struct eval *eval = w->eval;
    if (checkpoint_open(eval->settings->against, &w->other_checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    if (eval_check_same_text(eval, w->other_checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    size_t threads = thread_pool_size_for(eval->settings->threads);
    return checkpoint_load_model(w->other_checkpoint, CHARNN_USE_RUN, threads, &w->other_model,
                                 error);
}

static struct scorer_plan plan_scorer(const struct walk *w, const struct eval_text *text) {
    const struct eval *eval = w->eval;
    const struct eval_settings *settings = eval->settings;
    return (struct scorer_plan){.model = eval->model,
                                .pool = eval->pool,
                                .vocab = checkpoint_vocab(eval->checkpoint),
                                .corpus = eval->corpus,
                                .part = text->part,
                                .details = settings->per_char || settings->heat_html[0] != '\0'};
}

static struct scorer_plan plan_other(const struct walk *w, const struct eval_text *text) {
    return (struct scorer_plan){.model = w->other_model,
                                .pool = w->eval->pool,
                                .vocab = checkpoint_vocab(w->other_checkpoint),
                                .corpus = w->eval->corpus,
                                .part = text->part};
}

/* The weights and the scorers, which need the same for each text. */
static enum status check_memory(const struct walk *w, struct error *error) {
    const struct eval_text *text = &w->eval->texts[0];
    const struct scorer_plan plans[] = {plan_scorer(w, text), w->other_model != NULL
                                                                  ? plan_other(w, text)
                                                                  : (struct scorer_plan){0}};
    size_t bytes = 0;
    for (size_t i = 0; i < 2 && plans[i].model != NULL; i++) {
        const size_t needs[] = {bytes, plans[i].model->parameters.size * sizeof(float),
                                scorer_memory(&plans[i])};
        bytes = size_sum(needs, sizeof needs / sizeof needs[0]);
    }
    return eval_check_memory(w->eval, bytes, CHARNN_EVAL_REMEDY, error);
}

static enum status create_scorers(struct walk *w, struct error *error) {
    const struct scorer_plan plan = plan_scorer(w, w->text);
    if (scorer_create(&plan, &w->scorer, error) != CHARNN_OK) {
        return error->status;
    }
    if (w->other_checkpoint == NULL) {
        return CHARNN_OK;
    }
    const struct scorer_plan other = plan_other(w, w->text);
    return scorer_create(&other, &w->other, error);
}

static enum status begin_views(struct walk *w, struct error *error) {
    const struct eval *eval = w->eval;
    const struct eval_settings *settings = eval->settings;
    enum status status = CHARNN_OK;
    if (settings->per_line) {
        status = line_table_begin(&w->lines, eval, error);
    } else if (settings->per_char) {
        status = char_table_begin(eval, error);
    } else if (settings->heat) {
        heat_text_begin(&w->heat, eval->out);
    }
    return status == CHARNN_OK && settings->heat_html[0] != '\0'
               ? heat_page_begin(&w->page, settings->heat_html, eval->checkpoint, error)
               : status;
}

static enum status add_to_views(struct walk *w, const struct scored_symbol *symbol,
                                struct error *error) {
    const struct eval_settings *settings = w->eval->settings;
    enum status status = settings->per_line   ? line_table_add(&w->lines, symbol, error)
                         : settings->per_char ? char_table_add(w->eval, symbol, error)
                         : settings->heat     ? heat_text_add(&w->heat, symbol, error)
                                              : CHARNN_OK;
    return status == CHARNN_OK && w->page.page.file != NULL ? heat_page_add(&w->page, symbol, error)
                                                            : status;
}

static enum status end_text(struct walk *w, struct error *error) {
    const struct eval_settings *settings = w->eval->settings;
    enum status status = settings->per_line ? line_table_end_text(&w->lines, error)
                         : settings->heat   ? heat_text_end_text(&w->heat, error)
                                            : CHARNN_OK;
    return status == CHARNN_OK && w->page.page.file != NULL ? heat_page_end_text(&w->page, error)
                                                            : status;
}

static enum status add_symbol(struct walk *w, const struct symbol_score *score,
                              const struct symbol_score *other, struct error *error) {
    if (w->position == 0 && score->code == CHARNN_SYMBOL_END) {
        return CHARNN_OK; /* it stands before the first record and ends none */
    }
    const struct scored_symbol symbol = {.file = w->eval->text_count > 1 ? w->text->name : NULL,
                                         .position = ++w->position,
                                         .line = w->line,
                                         .score = score,
                                         .other = other};
    w->line += symbol_ends_line(score->code);
    struct evaluation *result = &w->text->result;
    result->scored += score->scored;
    result->unknown += !score->known;
    result->nats += score->nats;
    return add_to_views(w, &symbol, error);
}

static enum status add_symbols(struct walk *w, struct eval_progress *progress,
                               struct error *error) {
    struct symbol_score scores[CHARNN_SCORER_CHUNK];
    struct symbol_score others[CHARNN_SCORER_CHUNK];
    size_t count;
    size_t done = 0;
    while ((count = scorer_next(w->scorer, scores)) > 0) {
        if (w->other != NULL && scorer_next(w->other, others) != count) {
            break;
        }
        for (size_t i = 0; i < count; i++) {
            if (add_symbol(w, &scores[i], w->other != NULL ? &others[i] : NULL, error) !=
                CHARNN_OK) {
                return error->status;
            }
        }
        done += count;
        eval_tell(progress, done, progress->whole);
    }
    progress->before += done;
    return done == w->text->part.end - w->text->part.begin ? CHARNN_OK : corpus_changed(error);
}

static enum status score_text(struct walk *w, struct eval_text *text,
                              struct eval_progress *progress, struct error *error) {
    w->text = text;
    w->position = 0;
    w->line = 1;
    bool scored = create_scorers(w, error) == CHARNN_OK &&
                  add_symbols(w, progress, error) == CHARNN_OK && end_text(w, error) == CHARNN_OK;
    scorer_destroy(w->other);
    scorer_destroy(w->scorer);
    w->other = w->scorer = NULL;
    return scored ? CHARNN_OK : error->status;
}

enum status eval_score_symbols(struct eval *eval, struct eval_progress *progress,
                               struct error *error) {
    struct walk w = {.eval = eval};
    bool scored = (eval->settings->against[0] == '\0' || open_other(&w, error) == CHARNN_OK) &&
                  check_memory(&w, error) == CHARNN_OK && begin_views(&w, error) == CHARNN_OK;
    for (size_t i = 0; scored && i < eval->text_count; i++) {
        scored = score_text(&w, &eval->texts[i], progress, error) == CHARNN_OK;
    }
    scored = scored && (w.page.page.file == NULL || heat_page_end(&w.page, error) == CHARNN_OK);
    line_table_deinit(&w.lines);
    heat_text_deinit(&w.heat);
    heat_page_deinit(&w.page);
    model_destroy(w.other_model);
    checkpoint_close(w.other_checkpoint);
    return scored ? CHARNN_OK : error->status;
}
