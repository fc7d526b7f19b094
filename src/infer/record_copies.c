#include "infer/record_copies.h"

#include "base/hash_set.h"
#include "text/record_hashes.h"

struct search {
    struct hash_set texts;  /* to look for */
    struct hash_set copied; /* of these, those that equal a record */
    struct record_copies *copies;
};

static enum status add_text(void *search, uint64_t hash, struct error *error) {
    struct search *s = search;
    return hash_set_add(&s->texts, hash, error);
}

static enum status look_for(void *search, uint64_t hash, struct error *error) {
    struct search *s = search;
    return hash_set_has(&s->texts, hash) ? hash_set_add(&s->copied, hash, error) : CHARNN_OK;
}

static enum status count_text(void *search, uint64_t hash, struct error *error) {
    const struct search *s = search;
    (void)error;
    s->copies->texts++;
    s->copies->copied += hash_set_has(&s->copied, hash);
    return CHARNN_OK;
}

enum status record_copies_count(const struct corpus *corpus, const uint32_t *codes, size_t count,
                                struct record_copies *copies, struct error *error) {
    struct search s = {.copies = copies};
    *copies = (struct record_copies){0};
    enum status status = text_hashes_visit(codes, count, add_text, &s, error);
    if (status == CHARNN_OK && s.texts.count > 0) {
        status = record_hashes_visit(corpus, look_for, &s, error);
    }
    if (status == CHARNN_OK) {
        status = text_hashes_visit(codes, count, count_text, &s, error);
    }
    hash_set_deinit(&s.copied);
    hash_set_deinit(&s.texts);
    return status;
}
