#include "base/random.h"
#include "cli/commands.h"
#include "cli/sample/interactive.h"
#include "cli/sample/sampling.h"
#include "infer/beam.h"
#include "text/records.h"

#include <stdio.h>

/* Writes a text that the search found, without its stop text. */
static enum status write_found(struct sampling *s, struct beam *beam, size_t rank,
                               struct error *error) {
    struct beam_text text;
    if (beam_get(beam, rank, &text, error) != CHARNN_OK ||
        sample_texts_begin(&s->job, rank, error) != CHARNN_OK) {
        return error->status;
    }
    size_t size = 0;
    unsigned char bytes[CHARNN_SYMBOL_BYTES];
    for (size_t i = 0; i < text.count; i++) {
        size += symbol_encode(vocab_code(s->vocab, text.ids[i]), bytes);
    }
    size_t end = size - text.stop;
    size_t written = 0;
    for (size_t i = 0; written < end; i++) {
        size = symbol_encode(vocab_code(s->vocab, text.ids[i]), bytes);
        if (sample_texts_add(&s->job, bytes, size, error) != CHARNN_OK) {
            return error->status;
        }
        written += size;
    }
    return CHARNN_OK;
}

static enum status search(struct sampling *s, struct error *error) {
    const struct sample_settings *settings = s->settings;
    struct beam *beam;
    if (sampling_create_pool(s, settings->beam, error) != CHARNN_OK) {
        return error->status;
    }
    const struct beam_plan plan = {
        .model = s->model,
        .vocab = s->vocab,
        .pool = s->pool,
        .stops = s->stops,
        .allowed = s->allowed,
        .width = settings->beam,
    };
    if (beam_create(&plan, &beam, error) != CHARNN_OK) {
        return error->status;
    }
    const struct prime_text *prime = &s->job.prime;
    enum status status = beam_run(beam, prime->ids, prime->count, settings->length, error);
    size_t found = status == CHARNN_OK ? beam_count(beam) : 0;
    for (size_t i = 0; status == CHARNN_OK && i < settings->num_samples && i < found; i++) {
        status = write_found(s, beam, i, error);
    }
    beam_destroy(beam);
    return status;
}

static enum status draw(struct sampling *s, struct options *options, struct error *error) {
    const struct sample_settings *settings = s->settings;
    bool random = !options_given(options, "seed");
    uint64_t seed = random ? random_seed_from_system() : settings->seed;
    size_t threads = thread_pool_size_for(settings->threads);
    size_t streams = settings->interactive ? 1 : sample_texts_streams(settings, s->vocab, threads);
    if (sampling_create_generator(s, streams, seed, error) != CHARNN_OK) {
        return error->status;
    }
    if (random) {
        (void)fprintf(s->err, "seed: %llu\n", (unsigned long long)seed);
    }
    return settings->interactive ? interactive_run(s, options, stdin, error)
                                 : sample_texts_write(&s->job, error);
}

enum { RECORD_LENGTH = 10000 };

/* A record has its end, and what separates records is theirs, too; but a model may forget to end
 * one. */
static void set_record_defaults(struct sampling *s, const struct options *options) {
    const char *rule = checkpoint_corpus_format(s->checkpoint).records;
    if (rule != NULL && !options_given(options, "length")) {
        s->settings->length = RECORD_LENGTH;
    }
    if (rule != NULL && !options_given(options, "separator")) {
        s->job.between = records_separator(rule);
    }
}

static enum status sample(struct sampling *s, struct options *options, struct error *error) {
    if (sampling_open(s, options->arguments[0], error) != CHARNN_OK) {
        return error->status;
    }
    set_record_defaults(s, options);
    if (sampling_read_prime(s, error) != CHARNN_OK ||
        sampling_configure(s, 0, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = s->settings->beam > 0 ? search(s, error) : draw(s, options, error);
    return status == CHARNN_OK ? sampling_finish(s, error) : status;
}

enum status cmd_sample(struct invocation *invocation, struct error *error) {
    struct sampling s = {
        .settings = invocation->settings, .out = invocation->out, .err = invocation->err};
    enum status status = sample(&s, &invocation->options, error);
    sampling_deinit(&s);
    return status;
}
