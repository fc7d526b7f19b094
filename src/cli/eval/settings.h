/* The settings of `charnn eval`, which its option table fills. */
#ifndef CHARNN_CLI_EVAL_SETTINGS_H
#define CHARNN_CLI_EVAL_SETTINGS_H

#include "text/corpus.h"

#include <stdbool.h>
#include <stddef.h>

struct eval_settings {
    int split;      /* CHARNN_SPLIT_TRAIN, ..._VAL, ..._TEST; CHARNN_SPLITS: the whole text */
    bool exact;     /* one stream from first to last character instead of many side by side */
    bool json;      /* the result as JSON; of single lines or characters as JSON lines */
    size_t threads; /* 0: all processors */

    bool per_line;         /* a row for each line */
    bool per_char;         /* a row for each character */
    bool heat;             /* the text itself, coloured by surprise */
    const char *heat_html; /* the same as a page in this file; "" for none */
    const char *against;   /* another checkpoint, to compare lines by; "" for none */

    const char *copy_check; /* a corpus to look for copies from; "" for none */
    size_t copy_run;        /* runs longer than so many characters count as copied */
};

extern const struct command_spec eval_command; /* cli/options/command.h */

#endif
