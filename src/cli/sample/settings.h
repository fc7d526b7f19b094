/*
 * The settings of the commands that use a trained model, as plain values. The command line fills
 * them from its option tables (cli/options/options.h), whose ranges and defaults are the only ones.
 */
#ifndef CHARNN_CLI_SAMPLE_SETTINGS_H
#define CHARNN_CLI_SAMPLE_SETTINGS_H

#include "base/list.h"
#include "text/split.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What to do about characters of a prime that the model has not seen. */
enum unknown_policy { CHARNN_UNKNOWN_ERROR, CHARNN_UNKNOWN_SKIP, CHARNN_UNKNOWN_REPLACE };

struct sample_settings {
    size_t num_samples;    /* texts to write */
    const char *separator; /* a line between two of them, without its end */
    size_t length;         /* characters of each, not counting the prime; 0: until stopped */
    struct text_list stop; /* a text ends where one of these would begin */

    struct number_list temperature; /* of the texts, in turns: logits are divided by it */
    size_t top_k;                   /* 0: all; see infer/sampler.h for these */
    double top_p;
    double min_p;
    double repetition_penalty;
    size_t repetition_window;
    const char *forbid; /* characters never to write */
    const char *only;   /* characters alone to write; "" for all */
    bool argmax;        /* always write the likeliest character; also where `sample` is 0 */
    size_t sample;      /* char-rnn's way to say so: 1 draws, 0 is argmax */
    size_t beam;        /* texts side by side in a search for the likeliest; 0: none */

    bool interactive; /* ask for beginnings, one after the other */

    const char *primetext;      /* read by the model before it writes; "" for none */
    const char *primetext_file; /* the same from a file, "-" for standard input; "" for none */
    int unknown;                /* enum unknown_policy */

    const char *copy_check; /* a corpus to look for copies from; "" for none */
    size_t copy_run;        /* runs longer than so many characters count as copied */

    uint64_t seed;  /* where it was not given, the caller draws one */
    size_t threads; /* 0: all processors, as far as there are texts for them */
};

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

struct info_settings {
    bool json;  /* the result as JSON */
    bool build; /* about this program instead of a checkpoint */
};

#endif
