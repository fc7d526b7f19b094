#include "base/machine/memory_limit.h"
#include "base/memory.h"
#include "base/plural.h"
#include "cli/eval/eval.h"
#include "cli/terminal/stream.h"
#include "nn/network.h"
#include "text/corpus_read.h"

#include <math.h>

static size_t text_length(const struct eval_text *text) {
    return text->part.end - text->part.begin;
}

static size_t total_length(const struct eval *eval) {
    size_t length = 0;
    for (size_t i = 0; i < eval->text_count; i++) {
        length += text_length(&eval->texts[i]);
    }
    return length;
}

void eval_tell(void *progress, size_t done, size_t whole) {
    const struct eval_progress *p = progress;
    (void)whole;
    if (p->meter != NULL) {
        meter_update(p->meter, p->before + done, p->whole);
    }
}

enum status eval_check_memory(const struct eval *eval, size_t bytes, struct error *error) {
    char warning[CHARNN_MEMORY_WARNING];
    if (memory_check(bytes, "scoring", "use a machine with more memory", warning, error) !=
        CHARNN_OK) {
        return error->status;
    }
    if (warning[0] != '\0') {
        (void)fprintf(eval->err, "charnn %s: %s\n", eval->command, warning);
    }
    return CHARNN_OK;
}

static bool reads_one_stream(const struct eval_settings *settings) {
    return settings->exact || settings->adapt || eval_scores_symbols(settings);
}

/* The weights, and the evaluator of the longest text; with --adapt the other evaluator, too. */
static size_t totals_memory(const struct eval *eval, size_t threads) {
    size_t longest = 0;
    for (size_t i = 0; i < eval->text_count; i++) {
        size_t length = text_length(&eval->texts[i]);
        longest = length > longest ? length : longest;
    }
    bool adapt = eval->settings->adapt;
    const size_t needs[] = {
        eval->model->parameters.size * sizeof(float) * (adapt ? 2 : 1),
        evaluator_memory(eval->model, longest, reads_one_stream(eval->settings), threads),
        adapt ? evaluator_adaptive_memory(eval->model, threads) : 0,
    };
    return size_sum(needs, sizeof needs / sizeof needs[0]);
}

/* Scores a text with all threads and destroys the evaluator. */
static struct evaluation score_with(struct eval *eval, const struct eval_text *text,
                                    struct evaluator *evaluator, struct eval_progress *progress) {
    const struct evaluation_watch watch = {.tell = eval_tell, .context = progress};
    struct evaluation result = evaluator_run(
        evaluator, eval->corpus, checkpoint_vocab(eval->checkpoint), text->part, &watch);
    evaluator_destroy(evaluator);
    progress->before += text_length(text);
    return result;
}

/* Computes only the totals of a text. */
static enum status score_text(struct eval *eval, struct eval_text *text,
                              struct eval_progress *progress, struct error *error) {
    const struct eval_settings *settings = eval->settings;
    struct evaluator *evaluator;
    if (evaluator_create(eval->model, eval->pool, text_length(text), reads_one_stream(settings),
                         &evaluator, error) != CHARNN_OK) {
        return error->status;
    }
    text->result = score_with(eval, text, evaluator, progress);
    if (!settings->adapt) {
        return CHARNN_OK;
    }
    if (evaluator_create_adaptive(eval->model, eval->pool, settings->adapt_rate, &evaluator,
                                  error) != CHARNN_OK) {
        return error->status;
    }
    text->adapted = score_with(eval, text, evaluator, progress);
    return CHARNN_OK;
}

static enum status score_totals(struct eval *eval, struct eval_progress *progress,
                                struct error *error) {
    size_t bytes = totals_memory(eval, thread_pool_size(eval->pool));
    enum status status = eval_check_memory(eval, bytes, error);
    for (size_t i = 0; status == CHARNN_OK && i < eval->text_count; i++) {
        status = score_text(eval, &eval->texts[i], progress, error);
    }
    return status;
}

static enum status create_pool(struct eval *eval, struct error *error) {
    const struct eval_settings *settings = eval->settings;
    size_t threads = thread_pool_size_for(settings->threads);
    if (reads_one_stream(settings) && !settings->adapt) {
        threads = network_useful_threads(eval->model, 1, threads);
    }
    return thread_pool_create(threads, &eval->pool, error);
}

/* The meter must not mix with rows that reach a terminal, perhaps through a pager. */
static enum status score_with_meter(struct eval *eval, struct error *error) {
    const struct eval_settings *settings = eval->settings;
    struct meter meter = {0};
    bool quiet = eval_shows_symbols(settings) && !stream_is_file(eval->out);
    struct eval_progress progress = {.meter = quiet ? NULL : &meter,
                                     .whole = total_length(eval) * (settings->adapt ? 2 : 1)};
    meter_begin(&meter, eval->err);
    enum status status = eval_scores_symbols(settings) ? eval_score_symbols(eval, &progress, error)
                                                       : score_totals(eval, &progress, error);
    meter_end(&meter);
    for (size_t i = 0; i < eval->text_count; i++) {
        evaluation_add(&eval->result, &eval->texts[i].result);
        evaluation_add(&eval->adapted, &eval->texts[i].adapted);
    }
    return status;
}

enum status eval_score(struct eval *eval, struct error *error) {
    size_t threads = thread_pool_size_for(eval->settings->threads);
    bool trainable = eval->settings->adapt || eval->settings->gradient_flow;
    enum model_use use = trainable ? CHARNN_USE_TRAIN : CHARNN_USE_RUN;
    if (checkpoint_load_model(eval->checkpoint, use, threads, &eval->model, error) != CHARNN_OK ||
        create_pool(eval, error) != CHARNN_OK || score_with_meter(eval, error) != CHARNN_OK) {
        return error->status;
    }
    const struct evaluation *result = &eval->result;
    if (result->changed || eval->adapted.changed) {
        return corpus_changed(error);
    }
    if (result->scored == 0) {
        size_t known = total_length(eval) - result->unknown;
        return error_set(error, CHARNN_ERROR_DATA,
                         "the %s has %zu character%s%s; scoring needs at least 2", eval->part_name,
                         known, plural_ending(known),
                         result->unknown > 0 ? " in the vocabulary" : "");
    }
    if (!isfinite(result->nats + eval->adapted.nats)) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s gives probabilities that are not finite; its weights are unusable",
                         checkpoint_path(eval->checkpoint));
    }
    return CHARNN_OK;
}
