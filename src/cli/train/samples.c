#include "cli/train/run.h"

#include "base/memory.h"
#include "cli/terminal/stream.h"
#include "cli/train/signals.h"
#include "infer/allowed.h"
#include "text/records.h"

#include <string.h>

enum status train_create_generator(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    struct sampler_settings sampler = {.temperatures = {1, {s->sample_temperature}},
                                       .seed = s->seed};
    bool *allowed;
    if (s->sample_every == 0) {
        return CHARNN_OK;
    }
    if (allowed_create(run->vocab, "", "", &allowed, error) != CHARNN_OK) {
        return error->status;
    }
    sampler.allowed = allowed;
    enum status status = generator_create(trainer_model(run->trainer), run->vocab, run->pool,
                                          &sampler, 1, &run->generator, error);
    memory_free(allowed);
    return status;
}

static enum status write_symbol(const struct train_run *run, int32_t id, struct error *error) {
    uint32_t code = vocab_code(run->vocab, id);
    unsigned char bytes[CHARNN_SYMBOL_BYTES];
    if (code == CHARNN_SYMBOL_END) {
        const char *separator = records_separator(run->settings->records);
        return stream_write(run->invocation->out, separator, strlen(separator), error);
    }
    return stream_write(run->invocation->out, bytes, symbol_encode(code, bytes), error);
}

static enum status write_sample(const struct train_run *run, struct error *error) {
    FILE *out = run->invocation->out;
    const struct train_requests *requests = train_signals_requests();
    generator_restart(run->generator, run->settings->seed, 0, 1);
    for (size_t i = 0; i < run->settings->sample_length && requests->stop == 0; i++) {
        int32_t id;
        if (generator_write(run->generator, 1, &id, error) != CHARNN_OK ||
            write_symbol(run, id, error) != CHARNN_OK) {
            return error->status;
        }
    }
    if (stream_write(out, "\n", 1, error) != CHARNN_OK) {
        return error->status;
    }
    return stream_flush(out, error);
}

/* No failure ends the run: weights that are not finite may be rolled back, and a failure of the
 * output is reported at the end. */
void train_write_sample(struct train_run *run, size_t step) {
    const struct train_settings *s = run->settings;
    struct error error = {0};
    if (run->generator == NULL || run->sample_failure.status != CHARNN_OK ||
        step % s->sample_every != 0) {
        return;
    }
    progress_say(&run->progress, "sample", "step %zu, temperature %g", step, s->sample_temperature);
    enum status status = write_sample(run, &error);
    if (status == CHARNN_ERROR_DATA) {
        progress_say(&run->progress, "warning", "no sample at step %zu: %s", step, error.message);
    } else if (status != CHARNN_OK) {
        run->sample_failure = error;
    }
}
