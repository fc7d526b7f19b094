#include "infer/inside/comparison.h"

#include "base/memory.h"
#include "text/corpus_read.h"

#include <math.h>

static struct ngrams_plan ngrams_plan(const struct comparison_plan *plan, size_t training,
                                      const int32_t *ids) {
    return (struct ngrams_plan){.ids = ids,
                                .training = training,
                                .passage = plan->recording->length,
                                .vocab = vocab_size(plan->vocab),
                                .end = vocab_end(plan->vocab),
                                .longest = plan->longest};
}

size_t comparison_memory(const struct comparison_plan *plan) {
    size_t training = plan->part.end - plan->part.begin;
    const struct ngrams_plan ngrams = ngrams_plan(plan, training, NULL);
    size_t ids;
    if (!size_multiply(training + ngrams.passage, sizeof(int32_t), &ids)) {
        return SIZE_MAX;
    }
    const size_t needs[] = {ngrams_memory(&ngrams), ids, ngrams.passage * sizeof(bool)};
    return size_sum(needs, sizeof needs / sizeof needs[0]);
}

bool comparison_network_right(const struct recording *recording, size_t t) {
    return exp(-(double)recording->nats[t]) > 0.5;
}

/* `right`, unless NULL, is set for each character that the model has right. */
static struct comparison_model compare(const struct recording *r, const double *probabilities,
                                       bool *right) {
    struct comparison_model model = {.nats = 0};
    for (size_t t = 1; t < r->length; t++) {
        bool network = comparison_network_right(r, t);
        bool own = probabilities[t] > 0.5;
        model.nats -= log(probabilities[t]) / (double)(r->length - 1);
        model.only_network += network && !own;
        model.only_model += own && !network;
        if (right != NULL && own) {
            right[t] = true;
        }
    }
    return model;
}

static enum status compare_all(const struct comparison_plan *plan, struct comparison *c,
                               struct error *error) {
    const struct ngrams_plan models = ngrams_plan(plan, c->training, c->ids);
    struct ngrams *ngrams;
    if (ngrams_create(&models, &ngrams, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t n = 1; n <= c->longest; n++) {
        struct comparison_model *model = &c->models[n - 1];
        *model = compare(plan->recording, ngrams_next(ngrams),
                         n <= CHARNN_COMPARISON_SHORT ? c->short_right : NULL);
        c->equal = c->equal == 0 && model->nats <= plan->nats ? n : c->equal;
    }
    ngrams_destroy(ngrams);
    return CHARNN_OK;
}

enum status comparison_make(const struct comparison_plan *plan, struct comparison *comparison,
                            struct error *error) {
    const struct recording *r = plan->recording;
    size_t most = plan->part.end - plan->part.begin;
    comparison->longest = plan->longest;
    if (MEMORY_NEW(&comparison->short_right, r->length, "the n-grams' hits", error) != CHARNN_OK ||
        MEMORY_NEW(&comparison->ids, most + r->length, "the training text", error) != CHARNN_OK ||
        corpus_read_known(plan->corpus, plan->part, plan->vocab, comparison->ids,
                          &comparison->training, error) != CHARNN_OK) {
        return error->status;
    }
    if (comparison->training == 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the training part has no character of the vocabulary to count n-grams "
                         "of; give another text");
    }
    for (size_t t = 0; t < r->length; t++) {
        comparison->ids[comparison->training + t] = vocab_find(plan->vocab, r->codes[t]);
    }
    return compare_all(plan, comparison, error);
}

void comparison_deinit(struct comparison *comparison) {
    memory_free(comparison->ids);
    memory_free(comparison->short_right);
}
