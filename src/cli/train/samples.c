#include "cli/train/samples.h"

#include "base/memory.h"
#include "cli/terminal/stream.h"
#include "infer/allowed.h"
#include "text/records.h"

#include <string.h>

enum status train_samples_init(struct train_samples *samples, const struct train_settings *settings,
                               struct model *model, const struct vocab *vocab,
                               struct thread_pool *pool, struct error *error) {
    struct sampler_settings sampler = {.temperatures = {1, {settings->sample_temperature}},
                                       .seed = settings->seed};
    bool *allowed;
    *samples = (struct train_samples){.settings = settings, .vocab = vocab};
    if (settings->sample_every == 0) {
        return CHARNN_OK;
    }
    if (allowed_create(vocab, "", "", &allowed, error) != CHARNN_OK) {
        return error->status;
    }
    sampler.allowed = allowed;
    enum status status =
        generator_create(model, vocab, pool, &sampler, 1, &samples->generator, error);
    memory_free(allowed);
    return status;
}

bool train_samples_scheduled(const struct train_samples *samples, size_t step) {
    return samples->generator != NULL && samples->failure.status == CHARNN_OK &&
           step % samples->settings->sample_every == 0;
}

static enum status write_symbol(const struct train_samples *samples, int32_t id, FILE *out,
                                struct error *error) {
    uint32_t code = vocab_code(samples->vocab, id);
    unsigned char bytes[CHARNN_SYMBOL_BYTES];
    if (code == CHARNN_SYMBOL_END) {
        const char *separator = records_separator(samples->settings->records);
        return stream_write(out, separator, strlen(separator), error);
    }
    return stream_write(out, bytes, symbol_encode(code, bytes), error);
}

static enum status write_sample(const struct train_samples *samples, FILE *out,
                                struct error *error) {
    generator_restart(samples->generator, samples->settings->seed, 0, 1);
    for (size_t i = 0; i < samples->settings->sample_length; i++) {
        int32_t id;
        if (generator_write(samples->generator, 1, &id, error) != CHARNN_OK ||
            write_symbol(samples, id, out, error) != CHARNN_OK) {
            return error->status;
        }
    }
    if (stream_write(out, "\n", 1, error) != CHARNN_OK) {
        return error->status;
    }
    return stream_flush(out, error);
}

enum status train_samples_write(struct train_samples *samples, FILE *out, struct error *error) {
    enum status status = write_sample(samples, out, error);
    if (status != CHARNN_OK && status != CHARNN_ERROR_DATA) {
        samples->failure = *error;
    }
    return status;
}

void train_samples_deinit(struct train_samples *samples) {
    generator_destroy(samples->generator);
}
