/* Going through a text symbol by symbol, for what shows more of its scores than their sum. */
#ifndef CHARNN_CLI_EVAL_SCORE_WALK_H
#define CHARNN_CLI_EVAL_SCORE_WALK_H

#include "cli/eval/score_sink.h"
#include "cli/eval/settings.h"
#include "infer/evaluator.h"

/* Everything is borrowed. */
struct score_walk {
    const struct eval_settings *settings; /* which of them to show */
    FILE *out;
    const struct corpus *corpus;
    struct split part;
    struct model *model;
    const struct vocab *vocab;
    struct model *other; /* to compare with; NULL without */
    const struct vocab *other_vocab;
    const struct evaluation_watch *watch; /* or NULL */
};

/* Whether the settings ask for it. */
bool score_walk_wanted(const struct eval_settings *settings);

/* Whether it writes the text or a table of it on standard output. */
bool score_walk_writes(const struct eval_settings *settings);

/* Shows what is wanted, and sums up as an exact evaluator. Errors: those of scorer and sinks. */
CHARNN_MUST_CHECK enum status score_walk_run(const struct score_walk *walk,
                                             struct evaluation *result, struct error *error);

#endif
