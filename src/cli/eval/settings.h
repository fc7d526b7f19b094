/* The settings of `charnn eval`, filled from its option table. */
#ifndef CHARNN_CLI_EVAL_SETTINGS_H
#define CHARNN_CLI_EVAL_SETTINGS_H

#include "text/corpus.h"
#include "text/split.h"

#include <stdbool.h>
#include <stddef.h>

enum eval_unknown { CHARNN_EVAL_UNKNOWN_SKIP, CHARNN_EVAL_UNKNOWN_ERROR };

struct eval_settings {
    int split;      /* CHARNN_SPLIT_TRAIN, ..._VAL, ..._TEST; CHARNN_SPLITS: the whole text */
    bool join;      /* several files are one text */
    int unknown;    /* enum eval_unknown */
    bool exact;     /* one stream instead of many in parallel */
    bool json;      /* print JSON; JSON lines for a table */
    size_t threads; /* 0: one per processor */

    bool per_line;         /* one row per line */
    bool per_char;         /* one row per character */
    bool heat;             /* the text, coloured by surprise */
    const char *heat_html; /* the same as an HTML page in this file; "": none */
    const char *against;   /* checkpoint to compare lines with; "": none */

    const char *copy_check; /* corpus in which to look for copies; "": none */
    size_t copy_run;        /* longer runs count as copied */
};

extern const struct command_spec eval_command; /* cli/options/command.h */

#endif
