#include "cli/sample/sampling.h"

#include "base/machine/memory_limit.h"
#include "base/memory.h"
#include "cli/sample/unique.h"
#include "infer/allowed.h"
#include "nn/network.h"
#include "text/records.h"

#include <unistd.h>

/* Default of --length for models of records, in case a record does not end. */
enum { RECORD_LENGTH = 10000 };

static void set_record_defaults(struct sampling *s, const struct options *options) {
    if (!options_given(options, "length")) {
        s->settings->length = RECORD_LENGTH;
    }
    if (!options_given(options, "separator")) {
        s->record_separator = records_separator(s->format.records);
    }
}

enum status sampling_open(struct sampling *s, const struct options *options, struct error *error) {
    s->copy_check.path = s->settings->copy_check;
    s->copy_check.run = s->settings->copy_run;
    if (checkpoint_open_model(options->arguments[0], thread_pool_size_for(s->settings->threads),
                              &s->checkpoint, &s->model, error) != CHARNN_OK) {
        return error->status;
    }
    s->format = s->copy_check.format = checkpoint_corpus_format(s->checkpoint);
    s->vocab = checkpoint_vocab(s->checkpoint);
    s->output.terminal = isatty(fileno(s->out)) == 1;
    if (s->format.records != NULL) {
        set_record_defaults(s, options);
    }
    if (s->settings->length > 0 && s->settings->min_length > s->settings->length) {
        return error_set(error, CHARNN_ERROR_USAGE, "--min-length %zu is more than --length %zu",
                         s->settings->min_length, s->settings->length);
    }
    if (!s->settings->unique) {
        return CHARNN_OK;
    }
    return copy_check_open(&s->copy_check, error) == CHARNN_OK
               ? unique_create(s->copy_check.corpus, &s->format, &s->unique, error)
               : error->status;
}

static struct sampler_settings sampler_settings_of(const struct sampling *s) {
    const struct sample_settings *settings = s->settings;
    return (struct sampler_settings){
        .temperatures = settings->temperature,
        .argmax = settings->argmax,
        .top_k = settings->top_k,
        .top_p = settings->top_p,
        .min_p = settings->min_p,
        .repetition_penalty = settings->repetition_penalty,
        .repetition_window = settings->repetition_window,
        .allowed = s->allowed,
        .min_length = settings->min_length,
        .end = vocab_end(s->vocab),
        .seed = s->seed,
    };
}

enum status sampling_configure(struct sampling *s, uint32_t first, struct error *error) {
    struct stops *stops;
    bool *allowed;
    if (allowed_create(s->vocab, s->settings->only, s->settings->forbid, &allowed, error) !=
        CHARNN_OK) {
        return error->status;
    }
    if (stops_create(&s->settings->stop, s->vocab, s->format.unix_newlines, allowed, &stops,
                     error) != CHARNN_OK) {
        memory_free(allowed);
        return error->status;
    }
    stops_destroy(s->stops);
    s->stops = stops;
    memory_free(s->allowed);
    s->allowed = allowed;
    if (s->generator == NULL) {
        return CHARNN_OK;
    }
    const struct sampler_settings sampler = sampler_settings_of(s);
    return generator_set_sampling(s->generator, &sampler, first, error);
}

enum status sampling_create_pool(struct sampling *s, size_t texts, struct error *error) {
    size_t threads = thread_pool_size_for(s->settings->threads);
    return thread_pool_create(network_useful_threads(s->model, texts, threads), &s->pool, error);
}

enum status sampling_check_memory(const struct sampling *s, size_t bytes, struct error *error) {
    const size_t needs[] = {s->model->parameters.size * sizeof(float), bytes};
    char warning[CHARNN_MEMORY_WARNING];
    if (memory_check(size_sum(needs, 2), "sampling",
                     "use a smaller --num-samples, --beam or --threads", warning,
                     error) != CHARNN_OK) {
        return error->status;
    }
    if (warning[0] != '\0') {
        (void)fprintf(s->err, "charnn sample: %s\n", warning);
    }
    return CHARNN_OK;
}

enum status sampling_create_generator(struct sampling *s, size_t streams, uint64_t seed,
                                      struct error *error) {
    s->seed = seed;
    s->streams = streams;
    if (sampling_check_memory(s, generator_memory(s->model, streams, thread_pool_size(s->pool)),
                              error) != CHARNN_OK) {
        return error->status;
    }
    const struct sampler_settings sampler = sampler_settings_of(s);
    return generator_create(s->model, s->vocab, s->pool, &sampler, streams, &s->generator, error);
}

void sampling_deinit(struct sampling *s) {
    generator_destroy(s->generator);
    thread_pool_destroy(s->pool);
    stops_destroy(s->stops);
    memory_free(s->allowed);
    unique_destroy(s->unique);
    copy_check_deinit(&s->copy_check);
    memory_free(s->primes);
    memory_free(s->prime_ids);
    file_bytes_deinit(&s->prime_file);
    model_destroy(s->model);
    checkpoint_close(s->checkpoint);
}
