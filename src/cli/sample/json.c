#include "cli/sample/text.h"

#include "base/json.h"
#include "base/memory.h"
#include "cli/terminal/symbol_text.h"

#include <string.h>

static const char *const ends[] = {
    [CHARNN_TEXT_LENGTH] = "length", [CHARNN_TEXT_STOP] = "stop", [CHARNN_TEXT_RECORD] = "record"};

/* Appends bytes to a string, decoded as UTF-8 even if the model's characters are bytes. */
static char *add_bytes(char *end, const unsigned char *bytes, size_t size) {
    for (size_t offset = 0; offset < size;) {
        char text[CHARNN_SYMBOL_TEXT];
        uint32_t code;
        offset += symbol_decode(CHARNN_ENCODING_UTF8, bytes + offset, size - offset, &code);
        end = stpcpy(end, symbol_in_utf8(code, text));
    }
    return end;
}

static enum status describe(const struct sampling *s, const struct sampled_text *text, cJSON *json,
                            const char *whole, const char *prime, struct error *error) {
    if (json_add_string(json, "text", whole, error) != CHARNN_OK ||
        json_add_string(json, "prime", prime, error) != CHARNN_OK ||
        json_add_size(json, "number", text->number + 1, error) != CHARNN_OK ||
        (s->generator != NULL && json_add_size(json, "seed", s->seed, error) != CHARNN_OK) ||
        json_add_size(json, "length", text->length, error) != CHARNN_OK ||
        json_add_string(json, "end", ends[text->end], error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_double(json, "nats", text->nats, error);
}

static enum status write_object(struct sampling *s, const struct sampled_text *text,
                                const char *whole, const char *prime, struct error *error) {
    cJSON *json;
    bool written = json_create_object(&json, error) == CHARNN_OK &&
                   describe(s, text, json, whole, prime, error) == CHARNN_OK &&
                   sampling_write_line(s, json, error) == CHARNN_OK;
    cJSON_Delete(json);
    return written ? CHARNN_OK : error->status;
}

enum status sampling_write_json(struct sampling *s, const struct sampled_text *text,
                                struct error *error) {
    enum { WIDEST = 3 }; /* a byte that is not UTF-8 becomes U+FFFD */
    const struct prime *prime = text->prime;
    char *strings;
    if (copy_check_add(&s->copy_check, CHARNN_SYMBOL_END, error) != CHARNN_OK ||
        copy_check_add_bytes(&s->copy_check, text->bytes, text->size, error) != CHARNN_OK ||
        MEMORY_NEW(&strings, WIDEST * (2 * prime->size + strlen(prime->mark) + text->size) + 2,
                   "a text", error) != CHARNN_OK) {
        return error->status;
    }
    char *whole = add_bytes(strings, prime->bytes, prime->size) + 1;
    char *end = whole;
    if (!s->settings->no_prime) {
        end = add_bytes(end, prime->bytes, prime->size);
        end = add_bytes(end, (const unsigned char *)prime->mark, strlen(prime->mark));
    }
    (void)add_bytes(end, text->bytes, text->size);
    enum status status = write_object(s, text, whole, strings, error);
    memory_free(strings);
    return status;
}
