/* The steps of `charnn eval`, in the order in which cmd_eval.c takes them, and what they share. */
#ifndef CHARNN_CLI_EVAL_EVAL_H
#define CHARNN_CLI_EVAL_EVAL_H

#include "checkpoint/checkpoint.h"
#include "cli/eval/settings.h"
#include "cli/options/options.h"
#include "infer/evaluator.h"
#include "text/split.h"

#include <stdio.h>

/* One run. Settings and streams are borrowed; cmd_eval() releases the rest. */
struct eval {
    const struct eval_settings *settings;
    FILE *out, *err;
    struct checkpoint *checkpoint;
    struct corpus *corpus;
    struct split part;     /* the symbols of the corpus to score */
    const char *part_name; /* "text" or, for example, "test part" */
    struct model *model;
    struct evaluation result;
};

/* Whether standard output shows each line or character instead of the totals. */
static inline bool eval_shows_symbols(const struct eval_settings *settings) {
    return settings->per_line || settings->per_char || settings->heat;
}

/* Opens the files that follow the checkpoint on the command line, or else the training text of the
 * checkpoint, and selects the part to score. Errors: those of corpus_open(); CHARNN_ERROR_DATA if
 * the checkpoint does not say which files to read; CHARNN_ERROR_FORMAT. */
CHARNN_MUST_CHECK enum status eval_open_text(struct eval *eval, const struct options *options,
                                             struct error *error);

/*
 * Refuses a page that would take the place of another file. Errors: those of heat_page_check(), and
 * CHARNN_ERROR_USAGE if it is a file that the command reads.
 */
CHARNN_MUST_CHECK enum status eval_check_page(const struct eval *eval,
                                              const struct options *options, struct error *error);

/* Loads the model and scores the part, with a progress meter on a terminal. Errors: those of
 * checkpoint_load_model(), the evaluator and eval_score_symbols(); CHARNN_ERROR_DATA if the text is
 * too short or changes, or the model gives no finite probabilities. */
CHARNN_MUST_CHECK enum status eval_score(struct eval *eval, struct error *error);

/* Used by eval_score() to show single symbols: scores the part in one stream, as an exact evaluator
 * does, and writes the views that the settings select (views.h). `watch` may be NULL. Errors: those
 * of scorer_create() and the views, and of opening the checkpoint of --against. */
CHARNN_MUST_CHECK enum status
eval_score_symbols(struct eval *eval, const struct evaluation_watch *watch, struct error *error);

/* Prints the totals, out-of-vocabulary characters and the result of --copy-check. Errors: those of
 * oov_report_make(), copy_check_run() and stream_write(). */
CHARNN_MUST_CHECK enum status eval_report(const struct eval *eval, struct error *error);

#endif
