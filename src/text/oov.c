#include "text/oov.h"

#include <stdio.h>
#include <string.h>

enum { NAMED_MOST = 5, CHUNK = 4096 };

/* The report, and the symbols that it names. */
struct listing {
    struct oov_report *report;
    uint32_t codes[NAMED_MOST];
    size_t count;
    bool others; /* there are different ones beyond these */
};

static bool is_named(const struct listing *listing, uint32_t code) {
    for (size_t i = 0; i < listing->count; i++) {
        if (listing->codes[i] == code) {
            return true;
        }
    }
    return false;
}

static void note(struct listing *listing, uint32_t code, size_t position) {
    struct oov_report *report = listing->report;
    report->count++;
    if (is_named(listing, code)) {
        return;
    }
    if (listing->count == NAMED_MOST) {
        listing->others = true;
        return;
    }
    char name[CHARNN_SYMBOL_DESCRIPTION];
    size_t used = strlen(report->named);
    (void)snprintf(report->named + used, sizeof report->named - used, "%s%s from position %zu",
                   used > 0 ? ", " : "", symbol_describe(code, name, sizeof name), position);
    listing->codes[listing->count++] = code;
}

/* `own` is the corpus's vocabulary, which has all of its symbols. */
static enum status look_through(const struct corpus *corpus, struct split part,
                                const struct vocab *own, const struct vocab *vocab,
                                struct listing *listing, struct error *error) {
    struct corpus_cursor cursor;
    int32_t ids[CHUNK];
    corpus_seek(corpus, part.begin, &cursor);
    size_t length = part.end - part.begin;
    size_t first =
        corpus_records(corpus) > 0 ? 0 : 1; /* an end that it begins with is not counted */
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
                note(listing, code, done + i + first);
            }
        }
    }
    return CHARNN_OK;
}

enum status oov_report_make(const struct corpus *corpus, struct split part,
                            const struct vocab *vocab, struct oov_report *report,
                            struct error *error) {
    struct vocab *own;
    struct listing listing = {.report = report};
    *report = (struct oov_report){0};
    if (corpus_build_vocab(corpus, &own, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    if (corpus_count_known(corpus, vocab) < corpus_count_known(corpus, own)) {
        status = look_through(corpus, part, own, vocab, &listing, error);
    }
    if (listing.others) {
        size_t used = strlen(report->named);
        (void)snprintf(report->named + used, sizeof report->named - used, " and others");
    }
    vocab_destroy(own);
    return status;
}
