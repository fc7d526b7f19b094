#include "cli/sample/sampling.h"
#include "infer/beam.h"

/* Prints a text that was found, without the stop text at its end. */
static enum status write_found(struct sampling *s, struct beam *beam, size_t rank,
                               struct error *error) {
    struct beam_text text;
    unsigned char bytes[CHARNN_SYMBOL_BYTES];
    if (beam_get(beam, rank, &text, error) != CHARNN_OK ||
        sampling_begin_text(s, rank, error) != CHARNN_OK) {
        return error->status;
    }
    size_t count = text.count;
    for (size_t stop = text.stop; stop > 0;) {
        stop -= symbol_encode(vocab_code(s->vocab, text.ids[--count]), bytes);
    }
    for (size_t i = 0; i < count; i++) {
        size_t size = symbol_encode(vocab_code(s->vocab, text.ids[i]), bytes);
        if (sampling_write(s, bytes, size, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
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
    if (beam_create(&plan, &beam, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = beam_run(beam, s->prime.ids, s->prime.count, settings->length, error);
    size_t found = status == CHARNN_OK ? beam_count(beam) : 0;
    for (size_t i = 0; status == CHARNN_OK && i < settings->num_samples && i < found; i++) {
        status = write_found(s, beam, i, error);
    }
    beam_destroy(beam);
    return status;
}
