#include "cli/sample/text.h"

#include "base/memory.h"

void sampled_text_restart(struct sampled_text *text, size_t number, const struct prime *prime) {
    *text = (struct sampled_text){
        .number = number, .prime = prime, .bytes = text->bytes, .capacity = text->capacity};
}

static size_t count_symbols(enum encoding encoding, const unsigned char *bytes, size_t size) {
    size_t count = 0;
    for (size_t offset = 0; offset < size; count++) {
        uint32_t code;
        offset += symbol_decode(encoding, bytes + offset, size - offset, &code);
    }
    return count;
}

static void end_at_stop(const struct sampling *s, struct sampled_text *text, size_t stop) {
    text->end = CHARNN_TEXT_STOP;
    if (!s->settings->keep_stop) {
        text->size -= stop;
        text->length -= count_symbols(vocab_encoding(s->vocab), text->bytes + text->size, stop);
    }
}

enum status sampled_text_add(const struct sampling *s, struct sampled_text *text, int32_t id,
                             double nats, struct error *error) {
    if (text->end != CHARNN_TEXT_GROWS || id < 0) {
        return CHARNN_OK;
    }
    text->nats += nats;
    if (id == vocab_end(s->vocab)) {
        text->end = CHARNN_TEXT_RECORD;
        return CHARNN_OK;
    }
    if (MEMORY_GROW(&text->bytes, &text->capacity, text->size, text->size + CHARNN_SYMBOL_BYTES,
                    "texts", error) != CHARNN_OK) {
        return error->status;
    }
    size_t bytes = symbol_encode(vocab_code(s->vocab, id), text->bytes + text->size);
    text->size += bytes;
    text->length++;
    text->past += text->length > s->settings->min_length ? bytes : 0;
    size_t stop = stops_advance(s->stops, &text->watch, id, text->past);
    if (stop > 0) {
        end_at_stop(s, text, stop);
    } else if (text->length == s->settings->length) {
        text->end = CHARNN_TEXT_LENGTH;
    }
    return CHARNN_OK;
}
