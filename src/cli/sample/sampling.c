#include "cli/sample/sampling.h"

#include "base/memory.h"
#include "base/plural.h"
#include "infer/allowed.h"
#include "infer/prime.h"

#include <string.h>

/* Whether the model reads CR LF as LF, as its corpus was read. */
static bool joins_newlines(const struct sampling *s) {
    return checkpoint_corpus_format(s->checkpoint).unix_newlines;
}

/* ---- the prime --------------------------------------------------------------------------------
 */

/* What the model reads in place of what it has not seen. */
static const char *describe_reading(const struct sampling *s, size_t unknown, int32_t replacement) {
    if (s->settings->unknown == CHARNN_UNKNOWN_SKIP) {
        return "reads the text without";
    }
    if (replacement == vocab_unknown(s->vocab)) {
        return "reads its unknown character instead";
    }
    return unknown == 1 ? "reads a space instead" : "reads spaces instead";
}

/* Says what became of characters of the prime that the model has not seen. */
static enum status report_unknown(const struct sampling *s, const struct oov_report *unknown,
                                  int32_t replacement, struct error *error) {
    int policy = s->settings->unknown;
    const char *ending = plural_ending(unknown->count);
    if (policy == CHARNN_UNKNOWN_ERROR) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the prime text has %zu character%s that the model has not seen: %s; with "
                         "--unknown skip or --unknown replace it is read all the same",
                         unknown->count, ending, unknown->named);
    }
    if (policy == CHARNN_UNKNOWN_REPLACE && replacement < 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the model knows no space to replace characters with that it has not "
                         "seen (%s); --unknown skip leaves them out",
                         unknown->named);
    }
    (void)fprintf(
        s->err, "charnn sample: the model has not seen %zu character%s of the prime and %s: %s\n",
        unknown->count, ending, describe_reading(s, unknown->count, replacement), unknown->named);
    return CHARNN_OK;
}

enum status sampling_set_prime(struct sampling *sampling, const unsigned char *bytes, size_t size,
                               struct error *error) {
    struct sampling *s = sampling;
    void *ids;
    if (memory_allocate(size, sizeof *s->ids, "the prime text", &ids, error) != CHARNN_OK) {
        return error->status;
    }
    memory_free(s->ids);
    s->ids = ids;
    bool replace = s->settings->unknown == CHARNN_UNKNOWN_REPLACE;
    int32_t replacement = replace ? prime_replacement(s->vocab) : -1;
    struct oov_report unknown;
    size_t count =
        prime_encode(s->vocab, joins_newlines(s), bytes, size, replacement, s->ids, &unknown);
    s->job.prime = (struct prime_text){.bytes = bytes, .size = size, .ids = s->ids, .count = count};
    return unknown.count > 0 ? report_unknown(s, &unknown, replacement, error) : CHARNN_OK;
}

enum status sampling_read_prime(struct sampling *sampling, struct error *error) {
    struct sampling *s = sampling;
    const char *text = s->settings->primetext;
    const char *path = s->settings->primetext_file;
    if (path[0] == '\0') {
        return sampling_set_prime(s, (const unsigned char *)text, strlen(text), error);
    }
    if (file_bytes_init(&s->prime_file, path, error) != CHARNN_OK) {
        return error->status;
    }
    return sampling_set_prime(s, s->prime_file.data, s->prime_file.size, error);
}

/* ---- settings ---------------------------------------------------------------------------------
 */

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
        .seed = s->job.seed,
    };
}

enum status sampling_configure(struct sampling *sampling, uint32_t first, struct error *error) {
    struct sampling *s = sampling;
    struct stops *stops;
    bool *allowed;
    if (allowed_create(s->vocab, s->settings->only, s->settings->forbid, &allowed, error) !=
        CHARNN_OK) {
        return error->status;
    }
    if (stops_create(&s->settings->stop, s->vocab, joins_newlines(s), allowed, &stops, error) !=
        CHARNN_OK) {
        memory_free(allowed);
        return error->status;
    }
    stops_destroy(s->stops);
    s->stops = stops;
    s->job.stops = stops;
    memory_free(s->allowed);
    s->allowed = allowed;
    if (s->generator == NULL) {
        return CHARNN_OK;
    }
    const struct sampler_settings sampler = sampler_settings_of(s);
    return generator_set_sampling(s->generator, &sampler, first, error);
}

/* ---- opening and closing ----------------------------------------------------------------------
 */

enum status sampling_open(struct sampling *sampling, const char *path, struct error *error) {
    struct sampling *s = sampling;
    if (copy_check_find(s->settings->copy_check, error) != CHARNN_OK ||
        checkpoint_open_model(path, thread_pool_size_for(s->settings->threads), &s->checkpoint,
                              &s->model, error) != CHARNN_OK) {
        return error->status;
    }
    s->vocab = checkpoint_vocab(s->checkpoint);
    s->writer = text_writer_start(s->out);
    s->job.settings = s->settings;
    s->job.vocab = s->vocab;
    s->job.writer = &s->writer;
    if (s->settings->copy_check[0] != '\0') {
        s->copies = (struct copy_check){.path = s->settings->copy_check,
                                        .run = s->settings->copy_run,
                                        .format = checkpoint_corpus_format(s->checkpoint)};
        s->job.copies = &s->copies;
    }
    return CHARNN_OK;
}

enum status sampling_create_pool(struct sampling *sampling, size_t texts, struct error *error) {
    size_t threads = thread_pool_size_for(sampling->settings->threads);
    return thread_pool_create(threads < texts ? threads : texts, &sampling->pool, error);
}

enum status sampling_create_generator(struct sampling *sampling, size_t streams, uint64_t seed,
                                      struct error *error) {
    struct sampling *s = sampling;
    s->job.seed = seed;
    s->job.streams = streams;
    const struct sampler_settings sampler = sampler_settings_of(s);
    if (sampling_create_pool(s, streams, error) != CHARNN_OK ||
        generator_create(s->model, s->vocab, s->pool, &sampler, streams, &s->generator, error) !=
            CHARNN_OK) {
        return error->status;
    }
    s->job.generator = s->generator;
    return CHARNN_OK;
}

enum status sampling_finish(struct sampling *sampling, struct error *error) {
    struct sampling *s = sampling;
    static const unsigned char newline[1] = {'\n'};
    if (s->job.between != NULL && !s->settings->interactive &&
        text_writer_add(&s->writer, newline, 1, error) != CHARNN_OK) {
        return error->status;
    }
    if (text_writer_finish(&s->writer, error) != CHARNN_OK) {
        return error->status;
    }
    if (s->job.copies != NULL && (copy_check_run(&s->copies, error) != CHARNN_OK ||
                                  copy_check_print(&s->copies, s->err, error) != CHARNN_OK)) {
        return error->status;
    }
    return s->refused == 0
               ? CHARNN_OK
               : error_set(error, CHARNN_ERROR_DATA, "%zu line%s of the input %s refused",
                           s->refused, plural_ending(s->refused), s->refused == 1 ? "was" : "were");
}

void sampling_deinit(struct sampling *sampling) {
    struct sampling *s = sampling;
    copy_check_deinit(&s->copies);
    generator_destroy(s->generator);
    stops_destroy(s->stops);
    memory_free(s->allowed);
    memory_free(s->ids);
    thread_pool_destroy(s->pool);
    model_destroy(s->model);
    file_bytes_deinit(&s->prime_file);
    checkpoint_close(s->checkpoint);
}
