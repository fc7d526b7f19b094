#include "text/oov.h"

#include "base/text.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"

static bool is_named(const struct oov_report *report, uint32_t code) {
    for (size_t i = 0; i < report->different && i < CHARNN_OOV_NAMED; i++) {
        if (report->codes[i] == code) {
            return true;
        }
    }
    return false;
}

void oov_add(struct oov_report *report, uint32_t code, size_t position) {
    report->count++;
    if (report->different > CHARNN_OOV_NAMED || is_named(report, code)) {
        return;
    }
    struct text text = {report->named, sizeof report->named, strlen(report->named)};
    if (report->different < CHARNN_OOV_NAMED) {
        char name[CHARNN_SYMBOL_DESCRIPTION];
        text_add(&text, "%s%s at position %zu", report->different > 0 ? ", " : "",
                 symbol_describe(code, name, sizeof name), position);
        report->codes[report->different] = code;
    } else {
        text_add(&text, " and others");
    }
    report->different++;
}

/* `own` has all symbols of the corpus. */
static enum status scan(const struct corpus *corpus, struct split part, const struct vocab *own,
                        const struct vocab *vocab, struct oov_report *report, struct error *error) {
    enum { CHUNK = 4096 };
    struct corpus_cursor cursor;
    int32_t ids[CHUNK];
    corpus_seek(corpus, part.begin, &cursor);
    size_t length = part.end - part.begin;
    size_t first = corpus_records(corpus) > 0 ? 0 : 1; /* an end symbol at the start is 0 */
    size_t count;
    for (size_t done = 0; done < length; done += count) {
        count = length - done < CHUNK ? length - done : CHUNK;
        size_t read = corpus_read(corpus, &cursor, own, count, ids);
        for (size_t i = 0; i < count; i++) {
            if (i == read || ids[i] < 0) {
                return corpus_changed(error);
            }
            uint32_t code = vocab_code(own, ids[i]);
            if (!vocab_has(vocab, code)) {
                oov_add(report, code, done + i + first);
            }
        }
    }
    return CHARNN_OK;
}

enum status oov_report_make(const struct corpus *corpus, struct split part,
                            const struct vocab *vocab, struct oov_report *report,
                            struct error *error) {
    struct vocab *own;
    *report = (struct oov_report){0};
    if (corpus_build_vocab(corpus, &own, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    if (corpus_count_known(corpus, vocab) < corpus_count_known(corpus, own)) {
        status = scan(corpus, part, own, vocab, report, error);
    }
    vocab_destroy(own);
    return status;
}
