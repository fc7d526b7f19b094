#include "cli/eval/eval.h"
#include "cli/sample/copy_check.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"

/* Appends a text, after an end symbol, to the texts that --copy-check compares with its FILE. */
static enum status add_text(const struct eval *eval, const struct eval_text *text,
                            const struct vocab *vocab, struct copy_check *check,
                            struct error *error) {
    struct corpus_cursor cursor;
    corpus_seek(eval->corpus, text->part.begin, &cursor);
    enum status status = copy_check_add(check, CHARNN_SYMBOL_END, error);
    for (size_t i = text->part.begin; status == CHARNN_OK && i < text->part.end; i++) {
        int32_t id;
        status = corpus_read(eval->corpus, &cursor, vocab, 1, &id) == 1 && id >= 0
                     ? copy_check_add(check, vocab_code(vocab, id), error)
                     : corpus_changed(error);
    }
    return status;
}

static enum status check_copies(const struct eval *eval, struct copy_check *check,
                                struct error *error) {
    struct vocab *vocab;
    if (check->path[0] == '\0') {
        return CHARNN_OK;
    }
    if (corpus_build_vocab(eval->corpus, &vocab, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < eval->text_count; i++) {
        status = add_text(eval, &eval->texts[i], vocab, check, error);
    }
    vocab_destroy(vocab);
    return status == CHARNN_OK ? copy_check_run(check, error) : status;
}

enum status eval_report(const struct eval *eval, struct error *error) {
    struct copy_check check = {.path = eval->settings->copy_check,
                               .run = eval->settings->copy_run,
                               .format = checkpoint_corpus_format(eval->checkpoint)};
    enum status status = check_copies(eval, &check, error);
    if (status == CHARNN_OK) {
        status = eval_shows_symbols(eval->settings) ? copy_check_print(&check, eval->err, error)
                                                    : eval_print_totals(eval, &check, error);
    }
    copy_check_deinit(&check);
    return status;
}
