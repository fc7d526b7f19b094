#include "cli/sample/sampling.h"

#include "base/memory.h"
#include "text/records.h"

/* Adds a prime, or refuses it with a message. `ids` has room for its symbols. */
static enum status add_prime(struct sampling *s, const unsigned char *bytes, size_t size,
                             int32_t *ids, struct error *error) {
    char what[CHARNN_PRIME_NAME];
    struct error reason = {0};
    size_t index = s->prime_total++;
    if (MEMORY_GROW(&s->primes, &s->prime_capacity, s->prime_count, s->prime_count + 1,
                    "the primes", error) != CHARNN_OK) {
        return error->status;
    }
    (void)snprintf(what, sizeof what, "prime %zu", s->prime_total);
    struct prime *prime = &s->primes[s->prime_count];
    *prime = (struct prime){.bytes = bytes, .size = size, .ids = ids, .index = index};
    if (sampling_encode_prime(s, what, prime, &reason) == CHARNN_OK) {
        s->prime_count++;
    } else {
        (void)fprintf(s->err, "charnn sample: %s\n", reason.message);
        s->refused++;
    }
    return CHARNN_OK;
}

/* The numbers of texts have 32 bits. */
static enum status check_total(const struct sampling *s, struct error *error) {
    const char *path = s->settings->primes;
    size_t texts;
    if (s->prime_total == 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s has no primes: each %s that is not empty is one", path,
                         s->format.records != NULL ? "record" : "line");
    }
    if (!size_multiply(s->prime_total, s->settings->num_samples, &texts) || texts > UINT32_MAX) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "%s has %zu primes, which with --num-samples %zu are more than 2^32 "
                         "texts; use a part of the file at a time",
                         path, s->prime_total, s->settings->num_samples);
    }
    return CHARNN_OK;
}

enum status sampling_read_primes(struct sampling *s, struct error *error) {
    const char *rule = s->format.records != NULL ? s->format.records : "line";
    const struct file_bytes *file = &s->prime_file;
    if (sampling_open_prime(s, s->settings->primes, error) != CHARNN_OK ||
        MEMORY_NEW(&s->prime_ids, sampling_prime_room(s, file->size), "the primes", error) !=
            CHARNN_OK) {
        return error->status;
    }
    size_t begin;
    size_t end;
    s->prime_total = 0;
    for (size_t next = 0; records_next(rule, s->format.unix_newlines, file->data, file->size, &next,
                                       &begin, &end);) {
        int32_t *ids = s->prime_ids + sampling_prime_room(s, begin);
        if (add_prime(s, file->data + begin, end - begin, ids, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return check_total(s, error);
}
