#include "base/memory.h"
#include "cli/sample/text.h"
#include "infer/beam.h"

static enum status print(struct sampling *s, const struct sampled_text *text, struct error *error) {
    if (s->settings->json) {
        return sampling_write_json(s, text, error);
    }
    enum status status = sampling_begin_text(s, text->prime, error);
    return status == CHARNN_OK ? sampling_write(s, text->bytes, text->size, error) : status;
}

/* Prints a text that was found. */
static enum status write_found(struct sampling *s, struct beam *beam, size_t rank,
                               struct sampled_text *text, struct error *error) {
    struct beam_text found;
    if (beam_get(beam, rank, &found, error) != CHARNN_OK) {
        return error->status;
    }
    sampled_text_restart(text, rank, &s->prime);
    for (size_t i = 0; i < found.count; i++) {
        if (sampled_text_add(s, text, found.ids[i], 0, error) != CHARNN_OK) {
            return error->status;
        }
    }
    text->nats = found.nats;
    return print(s, text, error);
}

enum status sampling_search(struct sampling *s, struct error *error) {
    const struct sample_settings *settings = s->settings;
    const struct beam_plan plan = {
        .model = s->model,
        .vocab = s->vocab,
        .pool = s->pool,
        .stops = s->stops,
        .allowed = s->allowed,
        .width = settings->beam,
    };
    struct beam *beam;
    struct sampled_text text = {0};
    if (sampling_check_memory(s, beam_memory(&plan), error) != CHARNN_OK ||
        beam_create(&plan, &beam, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = beam_run(beam, s->prime.ids, s->prime.count, settings->length, error);
    size_t found = status == CHARNN_OK ? beam_count(beam) : 0;
    for (size_t i = 0; status == CHARNN_OK && i < settings->num_samples && i < found; i++) {
        status = write_found(s, beam, i, &text, error);
    }
    memory_free(text.bytes);
    beam_destroy(beam);
    return status;
}
