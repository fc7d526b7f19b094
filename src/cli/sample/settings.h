/* The settings of `charnn sample`, which its option table fills. */
#ifndef CHARNN_CLI_SAMPLE_SETTINGS_H
#define CHARNN_CLI_SAMPLE_SETTINGS_H

#include "base/list.h"

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

extern const struct command_spec sample_command; /* cli/options/command.h */

#endif
