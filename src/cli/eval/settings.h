/* The settings of `charnn eval`, filled from its option table. */
#ifndef CHARNN_CLI_EVAL_SETTINGS_H
#define CHARNN_CLI_EVAL_SETTINGS_H

#include "text/corpus.h"
#include "text/split.h"

#include <stdbool.h>
#include <stddef.h>

enum eval_unknown { CHARNN_EVAL_UNKNOWN_SKIP, CHARNN_EVAL_UNKNOWN_ERROR };

struct eval_settings {
    int split;   /* CHARNN_SPLIT_TRAIN, ..._VAL, ..._TEST; CHARNN_SPLITS: the whole text */
    bool join;   /* several files are one text */
    int unknown; /* enum eval_unknown */
    bool exact;  /* one stream instead of many in parallel */
    bool adapt;  /* also score while the model learns from the text */
    double adapt_rate;
    bool json;      /* print JSON; JSON lines for a table */
    size_t threads; /* 0: one per processor */

    bool per_line;         /* one row per line */
    bool per_char;         /* one row per character */
    bool heat;             /* the text, coloured by surprise */
    const char *heat_html; /* the same as an HTML page in this file; "": none */
    const char *against;   /* checkpoint to compare lines with; "": none */

    bool answers;      /* let the model answer the questions of the text */
    size_t beam;       /* width of the search for an answer; 1: none */
    bool answers_only; /* choose among the answers of the training part */

    bool gradient_flow; /* how far back losses reach */

    const char *copy_check; /* corpus in which to look for copies; "": none */
    size_t copy_run;        /* longer runs count as copied */
};

/* Whether standard output shows each line or character instead of the totals. */
static inline bool eval_shows_symbols(const struct eval_settings *settings) {
    return settings->per_line || settings->per_char || settings->heat;
}

/* Whether each symbol's score is shown somewhere. */
static inline bool eval_scores_symbols(const struct eval_settings *settings) {
    return eval_shows_symbols(settings) || settings->heat_html[0] != '\0';
}

extern const struct command_spec eval_command; /* cli/options/command.h */

#endif
