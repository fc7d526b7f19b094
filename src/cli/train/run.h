/*
 * One run of `charnn train`. The functions below are its stages; cmd_train() calls them in this
 * order and releases what they fill in, also after an error.
 */
#ifndef CHARNN_CLI_TRAIN_RUN_H
#define CHARNN_CLI_TRAIN_RUN_H

#include "base/files/lock.h"
#include "cli/options/command.h"
#include "cli/train/log/log.h"
#include "cli/train/log/progress.h"
#include "infer/generator.h"
#include "text/corpus_vocab.h"

/* What --budget goes by while the run is in the first quarter of its steps. */
struct train_pace {
    double began;                /* clock, after the first update or a rollback */
    size_t windows, validations; /* done then */
    double validation;           /* seconds that one takes, as measured before the run */
    size_t checks;               /* how often the number of steps was corrected */
};

struct train_run {
    double began;                    /* clock */
    struct invocation *invocation;   /* borrowed */
    struct train_settings *settings; /* the invocation's */
    struct checkpoint *origin;       /* of --resume or --init-from; else NULL */

    const char **files; /* [file_count]; the names are borrowed */
    size_t file_count;
    bool recorded;         /* the names come from the resumed checkpoint, because none was given */
    struct corpus *corpus; /* owns the memory of the text: maps of the files */
    size_t copies;         /* records that are copies of others; 0 if not shuffled */
    struct vocab *vocab;
    struct rare_symbols rare; /* characters that --min-count turned into the unknown one */

    struct model *model;
    cJSON *config; /* charnn.config of the checkpoints (models/README.md); only for printing */
    struct thread_pool *pool;
    struct trainer_plan plan;   /* up to its memory */
    size_t memory;              /* estimated bytes of the whole process, without the text */
    struct trainer_parts parts; /* what the trainer borrows of the above */
    struct trainer *trainer;
    struct train_pace pace;
    cJSON *changes;              /* "--dropout 0.2 instead of 0.1", ...; NULL for a new run */
    struct generator *generator; /* NULL without --sample-every */

    size_t kept_folder; /* of file_make_directory() for the checkpoint folder; SIZE_MAX: not made */
    struct lock *lock;  /* on the checkpoint folder; NULL if the file system has no locks */
    struct train_log log;
    struct progress progress;
    size_t skipped_step;         /* the last step that was skipped; 0: none */
    bool warned;                 /* the warning of divergence was printed */
    bool estimated;              /* the estimate was made */
    struct error sample_failure; /* of the output; no sample is written after it */
};

/* ranks.c: prepares one of several ranks (ranks/ranks.h): only rank 0 writes files. Error:
 * CHARNN_ERROR_USAGE for --dry-run. */
CHARNN_MUST_CHECK enum status train_join_ranks(struct train_run *run, struct error *error);

/* Collective. Errors: CHARNN_ERROR_DATA if ranks have different texts, or kernels that round
 * otherwise. */
CHARNN_MUST_CHECK enum status train_compare_inputs(const struct train_run *run,
                                                   struct error *error);

/* Collective. Error: CHARNN_ERROR_DATA if ranks start from different weights or steps. */
CHARNN_MUST_CHECK enum status train_compare_start(const struct train_run *run, struct error *error);

/*
 * origin.c: opens the checkpoint of --resume or --init-from. Settings that were not given take
 * their values from it, and their strings then belong to it. Given ones that disagree with it are
 * CHARNN_ERROR_USAGE. --resume claims the folder first.
 */
CHARNN_MUST_CHECK enum status train_open_origin(struct train_run *run, struct error *error);

/*
 * text.c: opens the files that are named, else those that the resumed checkpoint records. The
 * vocabulary is new; with --init-from it is the vocabulary of the origin and the new characters,
 * with --resume the vocabulary of the origin. CHARNN_ERROR_DATA if this is not the text of the
 * resumed run.
 */
CHARNN_MUST_CHECK enum status train_open_text(struct train_run *run, struct error *error);

/* budget.c, for a new run with --budget: measures some sizes of the model for a few seconds, and
 * sets --rnn-size and the length of the run. Errors: those of train_plan(); CHARNN_ERROR_USAGE if
 * no size is possible. */
CHARNN_MUST_CHECK enum status train_choose_budget(struct train_run *run, struct error *error);

/* Begins to measure the pace of the run. */
void train_begin_pace(struct train_run *run);

/* After a step of a run with --budget and the schedule `hold`: when an eighth and three sixteenths
 * of the steps are done, corrects their number by the pace, and records it in later checkpoints and
 * in the log. As long as steps lead and not the time, the rate up to now is that of a run of the
 * new length. A resumed run keeps the number that it had. */
void train_keep_budget(struct train_run *run);

/* recipe.c: sets the options of train/start/recipe.h that were not given. A resumed run has them in
 * its checkpoint. */
CHARNN_MUST_CHECK enum status train_choose_recipe(struct train_run *run, struct error *error);

/* Prints what was chosen. */
void train_print_recipe(struct train_run *run);

/* Whether standard input is part of the text. */
bool train_reads_stdin(const struct train_run *run);

/* If the text of a resumed run came from standard input, adds to an error about the text how to
 * pipe it in again. Returns the status of the error. */
enum status train_explain_stdin(const struct train_run *run, struct error *error);

/* config.c: the settings, the files, which checkpoint the weights came from, and the run's id. */
CHARNN_MUST_CHECK enum status train_create_config(struct train_run *run, struct error *error);

/* The id of a run; NULL in the checkpoints of earlier versions. Belongs to `config`. */
const char *train_id(const cJSON *config);

/* model.c: the shape of a new model, or of the origin's with its vocabulary grown. */
struct model_shape train_shape(const struct train_run *run);

/* Plans the run with the parameter table of its model, and estimates its memory. Errors:
 * those of trainer_plan_init(). */
CHARNN_MUST_CHECK enum status train_plan(struct train_run *run, struct error *error);

/*
 * folder.c, in rank 0: creates --checkpoint-dir, locks it for this --savefile, removes temporary
 * files of killed runs, and undoes a move that was killed (earlier.h). CHARNN_ERROR_IO if the
 * folder is not writable or another run holds its lock.
 */
CHARNN_MUST_CHECK enum status train_claim_folder(struct train_run *run, struct error *error);

/* names.c: whether a run of this --savefile may write a checkpoint `name`, or save one aside under
 * it. */
bool train_owns_name(const struct train_settings *settings, const char *name);

/* The name of something else that belongs to this --savefile: .[SAVEFILE-]OF. */
enum { CHARNN_TRAIN_NAME = 256 };
CHARNN_MUST_CHECK enum status train_hidden_name(const struct train_settings *settings,
                                                const char *of, char name[CHARNN_TRAIN_NAME],
                                                struct error *error);

/* outputs.c: refuses a log or a checkpoint that would take the place of a file that the run reads,
 * or of one another. Errors: CHARNN_ERROR_USAGE, and those of train_log_check(). */
CHARNN_MUST_CHECK enum status train_check_outputs(const struct train_run *run, struct error *error);

/* log_link.c: for a resumed run without --log: sets it to the log that the run had, if that is
 * still its log, and says so. */
CHARNN_MUST_CHECK enum status train_find_log(struct train_run *run, struct error *error);

/* Records for train_find_log() which log the run has. */
CHARNN_MUST_CHECK enum status train_link_log(const struct train_run *run, struct error *error);

/* Whether the file is one of the texts. */
bool train_is_text(const struct train_run *run, const char *path);

/* keep.c: undoes a move of an earlier run that was killed. */
CHARNN_MUST_CHECK enum status train_repair_folder(const struct train_run *run, struct error *error);

/* summary.c: prints the text, the model and the memory, all from the plan. */
void train_print_sizes(struct train_run *run);

/* model.c: refuses a run that needs more memory than there is (base/machine/memory_limit.h), and
 * warns of one that needs almost all. */
CHARNN_MUST_CHECK enum status train_check_memory(struct train_run *run, struct error *error);

/* With --init-from the weights of the origin, grown for new characters; else initial ones,
 * which trainer_restore() replaces if the run is resumed. */
CHARNN_MUST_CHECK enum status train_create_model(struct train_run *run, struct error *error);

/* Of a new run with --ridge: sets the output (train/start/ridge.h) and says how well it predicts.
 */
CHARNN_MUST_CHECK enum status train_fit_output(struct train_run *run, struct error *error);

/* changes.c: compares the settings with the resumed ones. Changes that affect what is learned are
 * also recorded in the checkpoints; limits of the run's length are not. */
CHARNN_MUST_CHECK enum status train_note_changes(struct train_run *run, struct error *error);

/* samples.c */
CHARNN_MUST_CHECK enum status train_create_generator(struct train_run *run, struct error *error);

/* keep.c: moves the checkpoints and logs of an earlier run out of the way (earlier.h), and tells
 * where they are. */
CHARNN_MUST_CHECK enum status train_keep_earlier(struct train_run *run, struct error *error);

/* ending.c: whether a resumed run is complete, and its log ends with that. */
bool train_log_is_over(const struct train_run *run);

/* complete.c: whether limits of the run's length are reached. `limits` receives what would continue
 * the run: "--max-epochs above 50 and --max-steps above 4500". */
enum { CHARNN_LIMITS = 256 };
bool train_is_complete(const struct train_run *run, char limits[CHARNN_LIMITS]);

/* summary.c: prints the sizes of a resumed run, the length of the run, notes and advice. */
void train_print_summary(struct train_run *run);

/* advice.c: says which --rnn-size suits the text, if the model has far too many or too few
 * parameters. */
void train_print_advice(struct train_run *run);

/* dry_run.c: prints the summary, the disk space and the estimated time, measured on a few steps;
 * the trainer must not be run afterwards. */
void train_dry_run(struct train_run *run);

/* samples.c: writes a sample with the current weights, if one is scheduled after this step. A
 * signal ends the sample. */
void train_write_sample(struct train_run *run, size_t step);

/* estimate.c: called after each step. Says once how long the run will take, as soon as that is
 * measured. */
void train_say_estimate(struct train_run *run);

/* Likewise within a slow step, by the fraction of it that is `done`. */
void train_say_slow_estimate(struct train_run *run, double done);

/*
 * observer.c: trains to the end of the run. The calling thread writes the log, the progress and the
 * samples, between two steps; the threads of the pool only compute. Errors: those of trainer_run().
 */
CHARNN_MUST_CHECK enum status train_until_end(struct train_run *run, enum train_end *end,
                                              struct error *error);

/* ending.c: prints and logs why the run ended and what it leaves. After a signal, main() exits with
 * 128 + its number. */
void train_print_end(struct train_run *run, enum train_end end);

/* Likewise after an error, which main() prints. */
void train_print_failure(struct train_run *run, const struct error *error);

/* Prints the best validation and its checkpoint, or that this can no longer be used. */
void train_print_best(struct train_run *run, bool only_if_lost);

/* Prints the step and the path of a checkpoint that was just saved as `last`. */
void train_print_saved(struct train_run *run);

/* resume_command.c: the shell command that resumes the run. Ownership: the caller's. */
CHARNN_MUST_CHECK enum status train_resume_command(const struct train_run *run, char **command,
                                                   struct error *error);

/* The shell command that resumes an earlier run, with the same --savefile, in `folder`. */
enum { CHARNN_EARLIER_COMMAND = 4 * CHARNN_PATH_LENGTH };
void train_earlier_command(const struct train_run *run, const char *folder,
                           char command[CHARNN_EARLIER_COMMAND]);

#endif
