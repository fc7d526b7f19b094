/* The steps of `charnn eval`, in the order in which cmd_eval.c takes them, and what they share. */
#ifndef CHARNN_CLI_EVAL_EVAL_H
#define CHARNN_CLI_EVAL_EVAL_H

#include "checkpoint/checkpoint.h"
#include "cli/eval/settings.h"
#include "cli/options/options.h"
#include "cli/sample/copy_check.h"
#include "cli/terminal/meter.h"
#include "infer/evaluator.h"
#include "infer/inside/flow.h"
#include "infer/sequences.h"
#include "text/split.h"

#include <stdio.h>

/* A text that is scored from its beginning. */
struct eval_text {
    const char *name;          /* of its file; borrowed */
    struct split part;         /* of the corpus */
    struct evaluation result;  /* set by eval_score() */
    struct evaluation adapted; /* the same with --adapt, else zero */
    size_t oov; /* out-of-vocabulary characters, skipped or read as the unknown one; set by
                   eval_note_unknown() */
};

/* The most different answers that a table of them has. */
enum { CHARNN_EVAL_LABELS = 20 };

/* What --answers found. */
struct eval_answers {
    size_t questions, right;
    size_t unseen;           /* true answers that --answers-only has no choice of */
    size_t edits, symbols;   /* between the given and the true answers; of the true ones */
    struct sequences labels; /* the different true answers; `overflow`: too many for a table */
    size_t *given;           /* [labels.count][labels.count + 1]: how often a label was answered by
                                another, in the last column by none of them */
};

/* One run, of eval or of another command that reads its texts. Settings and streams are borrowed;
 * cmd_eval() releases the rest. */
struct eval {
    const char *command; /* its name, for messages */
    const char *naming;  /* where a text is named, for messages; NULL: "after the checkpoint" */
    const struct eval_settings *settings;
    FILE *out, *err;
    struct checkpoint *checkpoint;
    struct corpus *corpus;
    struct eval_text *texts; /* [text_count] */
    size_t text_count;       /* if more than 1, each is a file scored by itself */
    const char *part_name;   /* "text" or, for example, "test part" */
    struct split train;      /* the training part, with --split */
    struct eval_answers answers;
    struct flow flow; /* set by eval_measure_flow() */
    struct model *model;
    struct thread_pool *pool;          /* set by eval_score(), as is the model */
    struct evaluation result, adapted; /* sums over the texts */
};

/* Opens the files that follow the checkpoint on the command line, or else the training text of the
 * checkpoint, and selects the texts to score. Errors: those of corpus_open(); CHARNN_ERROR_DATA if
 * the checkpoint does not say which files to read; CHARNN_ERROR_FORMAT. */
CHARNN_MUST_CHECK enum status eval_open_text(struct eval *eval, const struct options *options,
                                             struct error *error);

/* With --unknown error, refuses a text that has an out-of-vocabulary character: CHARNN_ERROR_DATA.
 * Other errors: those of oov_report_make(). */
CHARNN_MUST_CHECK enum status eval_check_unknown(const struct eval *eval, struct error *error);

/*
 * Refuses a page, named by `option`, that would take the place of another file; "" is no page.
 * Errors: those of page_check(), and CHARNN_ERROR_USAGE if it is a file that the command reads.
 */
CHARNN_MUST_CHECK enum status eval_check_page(const struct eval *eval, const char *option,
                                              const char *page, const struct options *options,
                                              struct error *error);

/* Loads the model and scores the texts, with a progress meter on a terminal. Errors: those of
 * checkpoint_load_model(), the evaluator and eval_score_symbols(); CHARNN_ERROR_DATA if the text is
 * too short or changes, or the model gives no finite probabilities. */
CHARNN_MUST_CHECK enum status eval_score(struct eval *eval, struct error *error);

/* What to do if memory is short. */
#define CHARNN_EVAL_REMEDY "use a machine with more memory"

/* Refuses a need of `bytes` if it is more memory than there is (base/machine/memory_limit.h), and
 * names a remedy. Warns on `err` of a need of almost all. */
CHARNN_MUST_CHECK enum status eval_check_memory(const struct eval *eval, size_t bytes,
                                                const char *remedy, struct error *error);

/* Progress through the texts. */
struct eval_progress {
    struct meter *meter; /* borrowed; NULL: none is shown */
    size_t before;       /* symbols of the texts that are done */
    size_t whole;        /* symbols of all texts */
};

/* The `tell` of an evaluation_watch whose context is a struct eval_progress. `done`: symbols scored
 * of the current text. */
void eval_tell(void *progress, size_t done, size_t whole);

/*
 * Used by eval_score() to show single symbols: scores each text in one stream, as an exact
 * evaluator does, and writes the views that the settings select (views.h). Errors: those of
 * scorer_create() and of the views, and those of opening and loading the checkpoint of --against.
 */
CHARNN_MUST_CHECK enum status eval_score_symbols(struct eval *eval, struct eval_progress *progress,
                                                 struct error *error);

/* With --answers, lets the model answer the questions of the texts. Errors: those of
 * answerer_create() and answerer_answer(); CHARNN_ERROR_DATA if the model was not trained with
 * --learn-after, or if there are too many different answers for --answers-only. */
CHARNN_MUST_CHECK enum status eval_answer(struct eval *eval, struct error *error);

/* Prints what eval_answer() found, if it was asked for, and adds it to JSON. */
CHARNN_MUST_CHECK enum status eval_print_answers(const struct eval *eval, struct error *error);
CHARNN_MUST_CHECK enum status eval_add_answers(const struct eval *eval, cJSON *json,
                                               struct error *error);
void eval_answers_deinit(struct eval_answers *answers);

/* With --gradient-flow, measures it on the text. Errors: those of flow_measure();
 * CHARNN_ERROR_USAGE for several texts; CHARNN_ERROR_DATA for a short text. */
CHARNN_MUST_CHECK enum status eval_measure_flow(struct eval *eval, struct error *error);

/* Prints what eval_measure_flow() found, if it was asked for, and adds it to JSON. */
CHARNN_MUST_CHECK enum status eval_print_flow(const struct eval *eval, struct error *error);
CHARNN_MUST_CHECK enum status eval_add_flow(const struct eval *eval, cJSON *json,
                                            struct error *error);

/* Counts the out-of-vocabulary characters of each text and writes a note about them on standard
 * error. Errors: those of oov_report_make(). */
CHARNN_MUST_CHECK enum status eval_note_unknown(struct eval *eval, struct error *error);

/* Refuses a checkpoint whose model reads texts in another way than the eval's, so that losses
 * cannot be compared: CHARNN_ERROR_DATA. */
CHARNN_MUST_CHECK enum status eval_check_same_text(const struct eval *eval,
                                                   const struct checkpoint *checkpoint,
                                                   struct error *error);

/* Writes a file's name to a table, escaped like a text column. Errors: those of stream_write(). */
CHARNN_MUST_CHECK enum status eval_write_name(FILE *out, const char *name, struct error *error);

/* Ends a row of a table. Unless `file` is NULL, a last column has the file's name. */
CHARNN_MUST_CHECK enum status eval_end_row(const struct eval *eval, const char *file,
                                           struct error *error);

/* Adds a file's name to JSON, as "file". Errors: CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status eval_add_name(cJSON *json, const char *name, struct error *error);

/* Used by eval_report(): prints the totals and the result of --copy-check, as a table or as JSON.
 * Errors: those of stream_write(); CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status
eval_print_totals(const struct eval *eval, const struct copy_check *check, struct error *error);

/* Prints the totals and the result of --copy-check. Errors: those of copy_check_run() and
 * stream_write(). */
CHARNN_MUST_CHECK enum status eval_report(const struct eval *eval, struct error *error);

#endif
