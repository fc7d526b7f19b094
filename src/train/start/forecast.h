/*
 * The validation loss that a run of the recipe (train/start/recipe.h) will reach, before it starts.
 *
 * How hard the text is, say the losses of a 2-gram and of a 4-gram model, b and g nats
 * (text/ngrams.h). The loss of the network is
 *
 *   level b^bigrams g^ngrams n^size (1 + step s^-t + width p^-w + memorized ln(1 + e p / 30 n))
 *
 * with s thousand steps, p hundred thousand parameters, n million symbols to train and e epochs.
 * The second and the third term have the form of those in Hoffmann et al. (2022). The constants
 * were fitted to the runs in models/quality/budget.tsv.
 *
 * Attention over the last CHARNN_FORECAST_REACH symbols multiplies that by 1 - r/2 if it has
 * 500 steps to learn, less if it has fewer, and by 1 up to 250; r is how much of the text repeats
 * what is that near. That is by the runs in models/quality/attention.log.
 */
#ifndef CHARNN_TRAIN_START_FORECAST_H
#define CHARNN_TRAIN_START_FORECAST_H

#include "text/corpus.h"
#include "text/split.h"
#include "text/vocab.h"

enum { CHARNN_FORECAST_REACH = 100, CHARNN_FORECAST_CONTEXT = 6 };

struct forecast_text {
    double bigram_nats, ngram_nats; /* per symbol, of models that predict from one and three */
    double repeated; /* part of the symbols that follow what they followed the last time */
};

struct forecast_case {
    struct forecast_text text;
    bool attention;
    size_t symbols; /* of the training part */
    size_t parameters;
    double epochs; /* may be a fraction */
    double steps;
};

/* Nats per symbol. */
double forecast_loss(const struct forecast_case *about);

/*
 * Counts the n-grams of the last 5,000,000 symbols of the training part, and describes the first
 * 100,000 of the validation part; if that has less than 500, the last tenth of the training part
 * stands for it. A symbol is repeated if the last place within CHARNN_FORECAST_REACH symbols before
 * it that has the same CHARNN_FORECAST_CONTEXT symbols before it has the same symbol. Errors:
 * CHARNN_ERROR_MEMORY; CHARNN_ERROR_DATA if another program changes the text.
 */
CHARNN_MUST_CHECK enum status forecast_read(const struct corpus *corpus, const struct vocab *vocab,
                                            const struct split splits[CHARNN_SPLITS],
                                            struct forecast_text *text, struct error *error);

#endif
