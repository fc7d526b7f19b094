/* The settings of `charnn sample`, filled from its option table. */
#ifndef CHARNN_CLI_SAMPLE_SETTINGS_H
#define CHARNN_CLI_SAMPLE_SETTINGS_H

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What to do with out-of-vocabulary characters of a prime. */
enum unknown_policy { CHARNN_UNKNOWN_ERROR, CHARNN_UNKNOWN_SKIP, CHARNN_UNKNOWN_REPLACE };

struct sample_settings {
    size_t num_samples;    /* number of texts */
    const char *separator; /* line between two texts, without its newline */
    size_t length;         /* characters per text, not counting the prime; 0: no limit */
    struct text_list stop; /* a text ends before the first of these */
    bool keep_stop;        /* a text ends after its stop text, not before it */
    size_t min_length;     /* characters before a stop text may begin or a record may end */
    bool unique;           /* no two texts are equal, and none is in the corpus of `copy_check` */
    bool json;             /* print a line of JSON for each text */

    struct number_list temperature; /* used in turn, one per text */
    size_t top_k;                   /* 0: all; see infer/sampler.h for these */
    double top_p;
    double min_p;
    double repetition_penalty;
    size_t repetition_window;
    const char *forbid; /* characters that are never written */
    const char *only;   /* the only characters that are written; "": all */
    bool argmax;        /* write the most likely character; also set if `sample` is 0 */
    size_t sample;      /* char-rnn's option: 1 samples, 0 is argmax */
    size_t beam;        /* beams of a beam search; 0: no search */

    bool interactive; /* read primes from standard input */

    const char *primetext;      /* "": none */
    const char *primetext_file; /* "-": standard input; "": none */
    const char *primes;         /* file of primes; likewise */
    bool no_prime;              /* do not print the prime */
    int unknown;                /* enum unknown_policy */

    const char *copy_check; /* corpus in which to look for copies; "": none */
    size_t copy_run;        /* longer runs count as copied */

    uint64_t seed;  /* if not given, the caller draws one */
    size_t threads; /* 0: one per processor */
};

extern const struct command_spec sample_command; /* cli/options/command.h */

#endif
