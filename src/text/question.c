#include "text/question.h"

#include "base/memory.h"
#include "text/corpus_read.h"

enum status question_read(const struct corpus *corpus, const struct vocab *own,
                          const struct vocab *vocab, size_t i, struct question *question,
                          struct error *error) {
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
    size_t read = corpus_read_learned(corpus, &cursor, own, count, ids, answers);
    size_t known = 0;
    while (known < read && ids[known] >= 0) {
        known++;
    }
    size_t used = 0;
    question->count = 0;
    for (size_t at = 0; at < known; at++) {
        uint32_t code = vocab_code(own, ids[at]);
        int32_t id = vocab_find(vocab, code);
        if (answers[at]) {
            ids[used++] = vocab_has(vocab, code) ? id : question_stranger(code);
        } else if (id >= 0) {
            question->count++;
            ids[used++] = id;
        }
    }
    question->answer = ids + question->count;
    question->answer_count = used - question->count;
    memory_free(answers);
    return known == count ? CHARNN_OK : corpus_changed(error);
}

void question_deinit(struct question *question) {
    memory_free(question->ids);
}
