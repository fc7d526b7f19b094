#include "train/start/forecast.h"

#include "base/memory.h"
#include "text/corpus_read.h"
#include "text/ngrams.h"

#include <math.h>
#include <string.h>

enum { LONGEST = 4, LEAST_PASSAGE = 500, MOST_PASSAGE = 100 * 1000, MOST_TRAINING = 5000 * 1000 };

/* By scripts/fit-forecast.sh. */
static const struct {
    double level, bigrams, ngrams, size, step, step_power, width, width_power, memorized;
} fitted = {
    .level = 0.3054,
    .bigrams = 0.4716,
    .ngrams = 1.279,
    .size = 0.05439,
    .step = 0.2495,
    .step_power = 0.6085,
    .width = 0.5642,
    .width_power = 0.2215,
    .memorized = 0.09247,
};

double forecast_loss(const struct forecast_case *about) {
    const double largest = 5; /* text that was measured, in millions of symbols */
    double n = fmin((double)about->symbols / 1e6, largest);
    double p = (double)about->parameters / 1e5;
    double easy = fitted.level * pow(about->text.bigram_nats, fitted.bigrams) *
                  pow(about->text.ngram_nats, fitted.ngrams) * pow(n, fitted.size);
    double ratio = 1 + fitted.step * pow(about->steps / 1000, -fitted.step_power) +
                   fitted.width * pow(p, -fitted.width_power) +
                   fitted.memorized * log1p(about->epochs * p / n / 30);
    double learned = fmin(fmax(about->steps / 250 - 1, 0), 1);
    double gain = about->attention ? about->text.repeated / 2 * learned : 0;
    return easy * ratio * (1 - gain);
}

/* Nats per symbol of the passage by the next longer model. */
static double loss_of_next(struct ngrams *ngrams, size_t passage) {
    const double *probabilities = ngrams_next(ngrams);
    double nats = 0;
    for (size_t t = 0; t < passage; t++) {
        nats -= log(probabilities[t]) / (double)passage;
    }
    return nats;
}

/* The models with n = 1 and 3 are passed over. */
static void read_losses(struct ngrams *ngrams, size_t passage, struct forecast_text *text) {
    (void)ngrams_next(ngrams);
    text->bigram_nats = loss_of_next(ngrams, passage);
    (void)ngrams_next(ngrams);
    text->ngram_nats = loss_of_next(ngrams, passage);
}

/* The part of the symbols [begin, end) that are repeated. */
static double repeated_part(const int32_t *ids, size_t begin, size_t end) {
    enum { CONTEXT = CHARNN_FORECAST_CONTEXT };
    size_t repeated = 0;
    for (size_t t = begin; t < end; t++) {
        for (size_t back = 1; t >= back + CONTEXT && back <= CHARNN_FORECAST_REACH; back++) {
            const int32_t *here = ids + t;
            if (memcmp(here - CONTEXT, here - back - CONTEXT, CONTEXT * sizeof *here) == 0) {
                repeated += here[0] == here[-(ptrdiff_t)back];
                break;
            }
        }
    }
    return (double)repeated / fmax((double)(end - begin), 1);
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The symbols to count and the ones to predict, which follow them. */
static struct split choose_part(const struct split splits[CHARNN_SPLITS], size_t *passage) {
    struct split training = splits[CHARNN_SPLIT_TRAIN];
    struct split validation = splits[CHARNN_SPLIT_VAL];
    size_t validated = validation.end - validation.begin;
    size_t first = validation.begin;
    *passage = least(validated, MOST_PASSAGE);
    if (validated < LEAST_PASSAGE) {
        *passage = least((training.end - training.begin) / 10 + 1, MOST_PASSAGE);
        first = training.end - *passage;
    }
    size_t counted = least(first - training.begin, MOST_TRAINING);
    return (struct split){.begin = first - counted, .end = first + *passage};
}

enum status forecast_read(const struct corpus *corpus, const struct vocab *vocab,
                          const struct split splits[CHARNN_SPLITS], struct forecast_text *text,
                          struct error *error) {
    size_t passage;
    size_t count;
    struct split part = choose_part(splits, &passage);
    struct ngrams *ngrams = NULL;
    int32_t *ids;
    if (MEMORY_NEW(&ids, part.end - part.begin, "the n-grams' text", error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = corpus_read_known(corpus, part, vocab, ids, &count, error);
    if (status == CHARNN_OK) {
        passage = least(passage, count - 1);
        const struct ngrams_plan plan = {.ids = ids,
                                         .training = count - passage,
                                         .passage = passage,
                                         .vocab = vocab_size(vocab),
                                         .end = vocab_end(vocab),
                                         .longest = LONGEST};
        status = ngrams_create(&plan, &ngrams, error);
    }
    if (status == CHARNN_OK) {
        read_losses(ngrams, passage, text);
        text->repeated = repeated_part(ids, count - passage, count);
    }
    ngrams_destroy(ngrams);
    memory_free(ids);
    return status;
}
