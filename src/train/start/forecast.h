/*
 * The validation loss that a run of the recipe (train/start/recipe.h) will reach, before it starts.
 *
 * How hard the text is, says the loss of a 4-gram model (text/ngrams.h). The loss of the network,
 * divided by that, is
 *
 *   base + step s^-t + width p^-w + memorized ln(1 + e p / 30 n) + size ln n + size_2 ln^2 n
 *
 * with s thousand steps, p hundred thousand parameters, n million symbols to train and e epochs.
 * The second and the third term have the form of those in Hoffmann et al. (2022). The constants
 * were fitted to the runs in models/quality/budget.tsv.
 */
#ifndef CHARNN_TRAIN_START_FORECAST_H
#define CHARNN_TRAIN_START_FORECAST_H

#include "text/corpus.h"
#include "text/split.h"
#include "text/vocab.h"

struct forecast_case {
    double ngram_nats; /* of forecast_ngrams() */
    size_t symbols;    /* of the training part */
    size_t parameters;
    double epochs; /* may be a fraction */
    double steps;
};

/* Nats per symbol. */
double forecast_loss(const struct forecast_case *about);

/*
 * The loss, in nats per symbol, of a model that reads three symbols to predict the next. It counts
 * the last 1,000,000 symbols of the training part and predicts the first 100,000 of the validation
 * part; if that has less than 500, the last tenth of the training part stands for it. Errors:
 * CHARNN_ERROR_MEMORY; CHARNN_ERROR_DATA if another program changes the text.
 */
CHARNN_MUST_CHECK enum status forecast_ngrams(const struct corpus *corpus,
                                              const struct vocab *vocab,
                                              const struct split splits[CHARNN_SPLITS],
                                              double *nats, struct error *error);

#endif
