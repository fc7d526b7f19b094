/*
 * The settings of the commands that use a trained model, as plain values. The command line fills
 * them from its option tables (cli/options.h), whose ranges and defaults are the only ones.
 */
#ifndef CHARNN_INFER_SETTINGS_H
#define CHARNN_INFER_SETTINGS_H

#include "text/corpus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sample_settings {
    size_t length;      /* characters to generate, not counting the prime */
    double temperature; /* logits are divided by it */
    bool argmax;        /* always the likeliest character; also where `sample` is 0 */
    size_t sample;      /* char-rnn's way to say so: 1 draws, 0 is argmax */

    const char *primetext;      /* read by the model before it writes; "" for none */
    const char *primetext_file; /* the same from a file, "-" for standard input; "" for none */

    uint64_t seed;  /* where it was not given, the caller draws one */
    size_t threads; /* 0: all processors */
};

struct eval_settings {
    int split;      /* CHARNN_SPLIT_TRAIN, ..._VAL, ..._TEST; CHARNN_SPLITS: the whole text */
    bool exact;     /* one stream from first to last character instead of many side by side */
    bool json;      /* the result as JSON */
    size_t threads; /* 0: all processors */
};

struct info_settings {
    bool json; /* the result as JSON */
};

#endif
