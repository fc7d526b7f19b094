#include "text/question.h"

#include "base/memory.h"
#include "text/corpus_read.h"

enum status question_read(const struct corpus *corpus, const struct vocab *vocab, size_t i,
                          struct question *question, struct error *error) {
    struct corpus_cursor cursor;
    size_t first = corpus_record_start(corpus, i) + 1;
    size_t count = corpus_record_start(corpus, i + 1) - first;
    bool *answers;
    if (MEMORY_GROW(&question->ids, &question->capacity, 0, count, "a record", error) !=
            CHARNN_OK ||
        MEMORY_NEW(&answers, count, "a record", error) != CHARNN_OK) {
        return error->status;
    }
    int32_t *ids = question->ids;
    corpus_seek(corpus, first, &cursor);
    size_t read = corpus_read_learned(corpus, &cursor, vocab, count, ids, answers);
    size_t used = 0;
    question->count = 0;
    for (size_t at = 0; at < read; at++) {
        if (answers[at] || ids[at] >= 0) {
            question->count += !answers[at];
            ids[used++] = ids[at];
        }
    }
    question->answer = ids + question->count;
    question->answer_count = used - question->count;
    memory_free(answers);
    return read == count ? CHARNN_OK : corpus_changed(error);
}

void question_deinit(struct question *question) {
    memory_free(question->ids);
}

void question_range(const struct corpus *corpus, struct split part, size_t *begin, size_t *end) {
    *begin = *end = corpus_record_at(corpus, part.begin);
    if (part.end > part.begin) {
        *end = corpus_record_at(corpus, part.end - 1);
    }
}
