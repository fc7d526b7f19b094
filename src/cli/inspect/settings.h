/* The settings of `charnn inspect`, filled from its option table. */
#ifndef CHARNN_CLI_INSPECT_SETTINGS_H
#define CHARNN_CLI_INSPECT_SETTINGS_H

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>

struct inspect_settings {
    size_t length;            /* most characters to read */
    bool rank;                /* print only the ranking, as a table for programs */
    bool json;                /* print JSON */
    bool values;              /* JSON has the values of the ranked units */
    size_t ngrams;            /* the largest n of the n-gram models to compare with; 0: none */
    const char *ngrams_text;  /* with the training part for them; "": the checkpoint's text */
    bool reach;               /* measure how far back the model looks */
    struct text_list against; /* checkpoints: models to compare that with */
    const char *html;         /* file for a page; "": none */
    size_t threads;           /* 0: one per processor */
};

extern const struct command_spec inspect_command; /* cli/options/command.h */

#endif
