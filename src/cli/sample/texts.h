/* Making texts with a generator, many side by side, and writing them in their order. */
#ifndef CHARNN_CLI_SAMPLE_TEXTS_H
#define CHARNN_CLI_SAMPLE_TEXTS_H

#include "cli/sample/copy_check.h"
#include "cli/sample/settings.h"
#include "cli/sample/text_writer.h"
#include "infer/generator.h"
#include "infer/stops.h"

#include <signal.h>

/* What all texts begin with. */
struct prime_text {
    const unsigned char *bytes; /* as they are written */
    size_t size;
    const int32_t *ids; /* as they are read */
    size_t count;
};

/* Everything is borrowed. */
struct sample_job {
    const struct sample_settings *settings;
    const struct vocab *vocab;
    const char *between; /* written between two texts; NULL: the separator, on a line of its own */
    const struct stops *stops;
    struct prime_text prime;
    uint64_t seed;
    struct generator *generator; /* at the first texts of the seed */
    size_t streams;              /* of the generator */
    struct text_writer *writer;
    const volatile sig_atomic_t *interrupted; /* not 0: texts end where they are; NULL: never */
    struct copy_check *copies; /* gathers what is written, but for primes; NULL: nothing does */
};

/*
 * How many of the texts to make at once: work for many threads, as far as those that wait for the
 * first to be written fit the memory set aside for them.
 */
size_t sample_texts_streams(const struct sample_settings *settings, const struct vocab *vocab,
                            size_t threads);

/* Makes and writes them all. Errors: CHARNN_ERROR_MEMORY; those of generator and writer. */
CHARNN_MUST_CHECK enum status sample_texts_write(const struct sample_job *job, struct error *error);

/* Writes what stands between two texts. */
CHARNN_MUST_CHECK enum status sample_texts_separate(const struct sample_job *job,
                                                    struct error *error);

/* Writes a part of a text, as generated. */
CHARNN_MUST_CHECK enum status sample_texts_add(const struct sample_job *job,
                                               const unsigned char *bytes, size_t size,
                                               struct error *error);

/* Writes what stands before the text of this number, counted from 0, and its prime. */
CHARNN_MUST_CHECK enum status sample_texts_begin(const struct sample_job *job, size_t number,
                                                 struct error *error);

#endif
