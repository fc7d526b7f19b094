/* A record of a corpus with `learn_after` (text/corpus.h) as ids: a question and its answer. */
#ifndef CHARNN_TEXT_QUESTION_H
#define CHARNN_TEXT_QUESTION_H

#include "text/split.h"
#include "text/vocab.h"

/* Zero-initialised: empty. An out-of-vocabulary symbol is left out of the question, or read as the
 * unknown symbol; in the answer it is question_stranger(), which no model writes. */
struct question {
    int32_t *ids;          /* [count + answer_count], the question before the answer; private */
    size_t capacity;       /* private */
    size_t count;          /* ids[0, count) is the question */
    const int32_t *answer; /* in ids, without the end symbol */
    size_t answer_count;
};

/* The id, below 0, of a symbol that the vocabulary lacks, and back. */
static inline int32_t question_stranger(uint32_t code) {
    return -1 - (int32_t)code;
}
static inline uint32_t question_code(int32_t id, const struct vocab *vocab) {
    return id < 0 ? (uint32_t)(-1 - id) : vocab_code(vocab, id);
}

/* Reads record i < corpus_records() in place of what the question held, as ids of `vocab`; `own` is
 * the vocabulary of the corpus (corpus_build_vocab()). Errors: CHARNN_ERROR_MEMORY;
 * CHARNN_ERROR_DATA if the text has changed. */
CHARNN_MUST_CHECK enum status question_read(const struct corpus *corpus, const struct vocab *own,
                                            const struct vocab *vocab, size_t i,
                                            struct question *question, struct error *error);
void question_deinit(struct question *question);

#endif
