/* The samples that a run shows while it trains (--sample-every). */
#ifndef CHARNN_CLI_TRAIN_SAMPLES_H
#define CHARNN_CLI_TRAIN_SAMPLES_H

#include "infer/generator.h"
#include "train/settings.h"

#include <stdio.h>

struct train_samples {
    const struct train_settings *settings;
    const struct vocab *vocab;
    struct generator *generator; /* NULL without --sample-every */
    struct error failure;        /* of the output stream; no more samples are written after it */
};

/*
 * Prepares to sample from `model`, whose weights are read anew for each sample; allocates nothing
 * without --sample-every. All arguments are borrowed. Errors: CHARNN_ERROR_DATA if the vocabulary
 * has nothing to write; CHARNN_ERROR_MEMORY. Released by train_samples_deinit().
 */
CHARNN_MUST_CHECK enum status train_samples_init(struct train_samples *samples,
                                                 const struct train_settings *settings,
                                                 struct model *model, const struct vocab *vocab,
                                                 struct thread_pool *pool, struct error *error);

/* Whether a sample follows this step. */
bool train_samples_scheduled(const struct train_samples *samples, size_t step);

/*
 * Writes a sample and a newline to `out`. Errors: CHARNN_ERROR_DATA if the weights give no
 * probabilities; those of stream_write(), which are also kept as the failure.
 */
CHARNN_MUST_CHECK enum status train_samples_write(struct train_samples *samples, FILE *out,
                                                  struct error *error);

void train_samples_deinit(struct train_samples *samples);

#endif
