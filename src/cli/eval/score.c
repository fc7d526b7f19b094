#include "base/plural.h"
#include "cli/eval/eval.h"
#include "cli/terminal/meter.h"
#include "cli/terminal/stream.h"
#include "text/corpus_read.h"

#include <math.h>

/* Only the total, with all threads. */
static enum status score_total(struct eval *eval, const struct evaluation_watch *watch,
                               struct error *error) {
    struct thread_pool *pool = NULL;
    struct evaluator *evaluator = NULL;
    size_t threads = thread_pool_size_for(eval->settings->threads);
    size_t symbols = eval->part.end - eval->part.begin;
    bool created = thread_pool_create(threads, &pool, error) == CHARNN_OK &&
                   evaluator_create(eval->model, pool, symbols, eval->settings->exact, &evaluator,
                                    error) == CHARNN_OK;
    if (created) {
        eval->result = evaluator_run(evaluator, eval->corpus, checkpoint_vocab(eval->checkpoint),
                                     eval->part, watch);
    }
    evaluator_destroy(evaluator);
    thread_pool_destroy(pool);
    return created ? CHARNN_OK : error->status;
}

/* The meter must not mix with rows that reach a terminal, perhaps through a pager. */
static enum status score_with_meter(struct eval *eval, struct error *error) {
    const struct eval_settings *settings = eval->settings;
    struct meter meter;
    const struct evaluation_watch meter_watch = {.tell = meter_update, .context = &meter};
    bool quiet = eval_shows_symbols(settings) && !stream_is_file(eval->out);
    const struct evaluation_watch *watch = quiet ? NULL : &meter_watch;
    meter_begin(&meter, eval->err);
    enum status status = eval_shows_symbols(settings) || settings->heat_html[0] != '\0'
                             ? eval_score_symbols(eval, watch, error)
                             : score_total(eval, watch, error);
    meter_end(&meter);
    return status;
}

enum status eval_score(struct eval *eval, struct error *error) {
    size_t threads = thread_pool_size_for(eval->settings->threads);
    if (checkpoint_load_model(eval->checkpoint, false, threads, &eval->model, error) != CHARNN_OK ||
        score_with_meter(eval, error) != CHARNN_OK) {
        return error->status;
    }
    const struct evaluation *result = &eval->result;
    if (result->changed) {
        return corpus_changed(error);
    }
    if (result->scored == 0) {
        size_t known = eval->part.end - eval->part.begin - result->unknown;
        return error_set(error, CHARNN_ERROR_DATA,
                         "the %s has %zu character%s%s; scoring needs at least 2", eval->part_name,
                         known, plural_ending(known),
                         result->unknown > 0 ? " in the vocabulary" : "");
    }
    if (!isfinite(result->nats)) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s gives probabilities that are not finite; its weights are unusable",
                         checkpoint_path(eval->checkpoint));
    }
    return CHARNN_OK;
}
