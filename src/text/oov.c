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
static void look_through(const struct corpus *corpus, struct split part, const struct vocab *own,
                         const struct vocab *vocab, struct listing *listing) {
    struct corpus_cursor cursor;
    int32_t ids[CHUNK];
    corpus_seek(corpus, part.begin, &cursor);
    size_t length = part.end - part.begin;
    size_t first =
        corpus_records(corpus) > 0 ? 0 : 1; /* an end that it begins with is not counted */
    size_t count;
    for (size_t done = 0; done < length; done += count) {
        count = length - done < CHUNK ? length - done : CHUNK;
        count = corpus_read(corpus, &cursor, own, count, ids);
        for (size_t i = 0; i < count; i++) {
            uint32_t code = vocab_code(own, ids[i]);
            if (!vocab_has(vocab, code)) {
                note(listing, code, done + i + first);
            }
        }
    }
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
    if (corpus_count_known(corpus, vocab) < corpus_count_known(corpus, own)) {
        look_through(corpus, part, own, vocab, &listing);
    }
    if (listing.others) {
        size_t used = strlen(report->named);
        (void)snprintf(report->named + used, sizeof report->named - used, " and others");
    }
    vocab_destroy(own);
    return CHARNN_OK;
}
