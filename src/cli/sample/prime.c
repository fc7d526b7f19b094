#include "cli/sample/sampling.h"

#include "base/memory.h"
#include "base/plural.h"
#include "infer/prime.h"
#include "text/files/foreign.h"
#include "text/records.h"

#include <string.h>

/* Applies --unknown to characters that the vocabulary lacks. */
static enum status report_oov(const struct sampling *s, const char *what,
                              const struct oov_report *oov, int32_t replacement,
                              struct error *error) {
    int policy = s->settings->unknown;
    const char *ending = plural_ending(oov->count);
    const char *verb = oov->count == 1 ? "is" : "are";
    if (policy == CHARNN_UNKNOWN_ERROR) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s has %zu character%s not in the vocabulary: %s; use --unknown "
                         "skip or --unknown replace to accept it",
                         what, oov->count, ending, oov->named);
    }
    if (policy == CHARNN_UNKNOWN_REPLACE && replacement < 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the vocabulary has no space to replace characters of %s with: %s; "
                         "use --unknown skip",
                         what, oov->named);
    }
    const char *fate = policy == CHARNN_UNKNOWN_SKIP            ? "skipped"
                       : replacement == vocab_unknown(s->vocab) ? "read as the unknown character"
                                                                : "read as a space";
    (void)fprintf(s->err,
                  "charnn sample: %zu character%s of %s %s not in the vocabulary and %s %s: %s\n",
                  oov->count, ending, what, verb, verb, fate, oov->named);
    return CHARNN_OK;
}

size_t sampling_prime_room(const struct sampling *s, size_t size) {
    const char *mark = s->format.learn_after;
    return size * (1 + (mark != NULL ? strlen(mark) : 0)); /* no prime is empty */
}

/* A prime for a model that learned answers is a question. */
static enum status end_question(const struct sampling *s, struct prime *prime,
                                struct error *error) {
    const char *mark = s->format.learn_after;
    prime->mark = "";
    if (mark == NULL || prime->size == 0) {
        return CHARNN_OK;
    }
    size_t end = records_find_end(mark, s->format.unix_newlines, prime->bytes, prime->size);
    prime->answered = end > 0 && end < prime->size;
    if (end > 0) {
        return CHARNN_OK;
    }
    size_t count;
    prime->mark = mark;
    enum status status = vocab_encode_text(s->vocab, s->format.unix_newlines, "--learn-after",
                                           (const unsigned char *)mark, strlen(mark),
                                           prime->ids + prime->count, &count, error);
    prime->count += count;
    return status;
}

enum status sampling_encode_prime(const struct sampling *s, const char *what, struct prime *prime,
                                  struct error *error) {
    bool replace = s->settings->unknown == CHARNN_UNKNOWN_REPLACE;
    int32_t replacement = replace ? prime_replacement(s->vocab) : -1;
    struct oov_report oov;
    prime->count = prime_encode(s->vocab, s->format.unix_newlines, prime->bytes, prime->size,
                                replacement, prime->ids, &oov);
    if (oov.count > 0 && report_oov(s, what, &oov, replacement, error) != CHARNN_OK) {
        return error->status;
    }
    return end_question(s, prime, error);
}

enum status sampling_set_prime(struct sampling *s, const unsigned char *bytes, size_t size,
                               struct error *error) {
    memory_free(s->prime_ids);
    if (MEMORY_NEW(&s->prime_ids, sampling_prime_room(s, size), "the prime", error) != CHARNN_OK) {
        return error->status;
    }
    s->prime = (struct prime){.bytes = bytes, .size = size, .ids = s->prime_ids};
    s->prime_total = 1;
    return sampling_encode_prime(s, "the prime", &s->prime, error);
}

enum status sampling_open_prime(struct sampling *s, const char *path, struct error *error) {
    enum status status = file_bytes_init(&s->prime_file, path, error);
    return status == CHARNN_OK && s->format.encoding != CHARNN_ENCODING_BYTES
               ? foreign_refuse(path, s->prime_file.data, s->prime_file.size, error)
               : status;
}

enum status sampling_read_prime(struct sampling *s, struct error *error) {
    if (s->settings->primes[0] != '\0') {
        return sampling_read_primes(s, error);
    }
    const char *text = s->settings->primetext;
    const char *path = s->settings->primetext_file;
    if (path[0] == '\0' && text[0] == '\0' && s->format.learn_after != NULL &&
        !s->settings->interactive) {
        (void)fputs("charnn sample: this model learned only answers; give it a question with "
                    "--primetext or --primes\n",
                    s->err);
    }
    if (path[0] == '\0') {
        return sampling_set_prime(s, (const unsigned char *)text, strlen(text), error);
    }
    enum status status = sampling_open_prime(s, path, error);
    return status == CHARNN_OK
               ? sampling_set_prime(s, s->prime_file.data, s->prime_file.size, error)
               : status;
}
