/* A record of a corpus with `learn_after` (text/corpus.h) as ids: a question and its answer. */
#ifndef CHARNN_TEXT_QUESTION_H
#define CHARNN_TEXT_QUESTION_H

#include "text/split.h"
#include "text/vocab.h"

/* Zero-initialised: empty. An out-of-vocabulary symbol is left out of the question, and -1 in the
 * answer. */
struct question {
    int32_t *ids;          /* [count + answer_count], the question before the answer; private */
    size_t capacity;       /* private */
    size_t count;          /* ids[0, count) is the question */
    const int32_t *answer; /* in ids, without the end symbol */
    size_t answer_count;
};

/* Reads record i < corpus_records() in place of what the question held. Errors:
 * CHARNN_ERROR_MEMORY; CHARNN_ERROR_DATA if the text has changed. */
CHARNN_MUST_CHECK enum status question_read(const struct corpus *corpus, const struct vocab *vocab,
                                            size_t i, struct question *question,
                                            struct error *error);
void question_deinit(struct question *question);

/* The records of a part of the corpus: [*begin, *end). */
void question_range(const struct corpus *corpus, struct split part, size_t *begin, size_t *end);

#endif
