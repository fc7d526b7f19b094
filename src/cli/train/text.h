/* The text that a run learns: which files it is read from, and the vocabulary of its characters. */
#ifndef CHARNN_CLI_TRAIN_TEXT_H
#define CHARNN_CLI_TRAIN_TEXT_H

#include "checkpoint/checkpoint.h"
#include "cli/options/options.h"
#include "text/corpus.h"
#include "train/settings.h"

#include <stdbool.h>

/*
 * The corpus owns the text's memory: it maps the files, and holds piped and compressed text in a
 * temporary file that is mapped as well. Everything else borrows the corpus. The vocabulary is a
 * copy of its own. train_text_deinit() releases both. Zero-initialised is empty.
 */
struct train_text {
    const char **files; /* [file_count], as named; the names are borrowed */
    size_t file_count;
    bool recorded; /* the names are those in the resumed checkpoint: none was given now */
    struct corpus *corpus;
    struct vocab *vocab;
    struct rare_symbols rare; /* characters that the vocabulary replaces by the unknown one */
};

/*
 * Opens the files named in `options`, by --data-dir, or in the checkpoint `origin` that is resumed.
 * `origin` is NULL for a run that starts from nothing; else its vocabulary comes first in the new
 * one (--init-from) or is the new one (--resume). The names must outlive *text.
 * Errors: those of corpus_open() and corpus_select_vocab(); CHARNN_ERROR_DATA if a resumed run's
 * text has other characters or cannot be found again; CHARNN_ERROR_USAGE.
 * Call train_text_deinit() also after an error.
 */
CHARNN_MUST_CHECK enum status train_text_open(struct train_text *text, struct options *options,
                                              const struct checkpoint *origin, struct error *error);

/* Whether standard input is one of the files. */
bool train_text_has_stdin(const struct train_text *text);

/*
 * Replaces an error about the text of a resumed run by one that says how to resume, if the text
 * came from standard input, which cannot be found again. Returns the status of the error.
 */
enum status train_text_explain(const struct train_text *text, const struct train_settings *settings,
                               struct error *error);

void train_text_deinit(struct train_text *text);

#endif
