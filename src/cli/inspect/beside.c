#include "cli/inspect/beside.h"

#include "base/machine/memory_limit.h"
#include "base/memory.h"

#include <stdio.h>

static const struct eval_settings training_part = {
    .split = CHARNN_SPLIT_TRAIN, .join = true, .against = "", .copy_check = ""};

enum status beside_open(struct inspect *inspect, const struct options *options,
                        struct error *error) {
    const struct inspect_settings *settings = inspect->settings;
    const char *arguments[] = {options->arguments[0], settings->ngrams_text};
    const struct options files = {.arguments = arguments,
                                  .argument_count = settings->ngrams_text[0] != '\0' ? 2 : 1};
    struct eval *training = &inspect->training;
    if (settings->ngrams == 0) {
        return CHARNN_OK;
    }
    *training = (struct eval){.command = inspect->eval.command,
                              .naming = "with --ngrams-text",
                              .settings = &training_part,
                              .err = inspect->eval.err,
                              .checkpoint = inspect->eval.checkpoint};
    if (eval_open_text(training, &files, error) != CHARNN_OK ||
        eval_check_page(training, "--html", settings->html, &files, error) != CHARNN_OK) {
        return error->status;
    }
    const struct split part = training->texts[0].part;
    return part.end > part.begin
               ? CHARNN_OK
               : error_set(error, CHARNN_ERROR_DATA,
                           "the training part of %s is empty; name another text with --ngrams-text",
                           corpus_file(training->corpus, 0));
}

/* Besides what the recording takes. */
static enum status check_memory(const struct inspect *inspect, const struct comparison_plan *plan,
                                struct error *error) {
    const struct recording *r = inspect->recording;
    const size_t needs[] = {comparison_memory(plan),
                            recording_series_count(r) * r->length * sizeof *r->values};
    char warning[CHARNN_MEMORY_WARNING];
    if (memory_check(size_sum(needs, 2), "counting n-grams", "inspect without --ngrams", warning,
                     error) != CHARNN_OK) {
        return error->status;
    }
    if (warning[0] != '\0') {
        (void)fprintf(inspect->eval.err, "charnn inspect: %s\n", warning);
    }
    return CHARNN_OK;
}

enum status beside_compare(struct inspect *inspect, struct error *error) {
    const struct vocab *vocab = checkpoint_vocab(inspect->eval.checkpoint);
    if (inspect->settings->ngrams == 0) {
        return CHARNN_OK;
    }
    const struct comparison_plan plan = {.recording = inspect->recording,
                                         .vocab = vocab,
                                         .corpus = inspect->training.corpus,
                                         .part = inspect->training.texts[0].part,
                                         .nats = inspect_nats(inspect),
                                         .longest = inspect->settings->ngrams};
    return check_memory(inspect, &plan, error) == CHARNN_OK &&
                   comparison_make(&plan, &inspect->comparison, error) == CHARNN_OK
               ? mistakes_find(inspect->recording, &inspect->comparison, vocab, &inspect->mistakes,
                               error)
               : error->status;
}

void beside_deinit(struct inspect *inspect) {
    comparison_deinit(&inspect->comparison);
    memory_free(inspect->training.texts);
    corpus_close(inspect->training.corpus);
}
