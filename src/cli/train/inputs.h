/*
 * What a training run starts from: the checkpoint that it resumes or takes weights from, its text,
 * the model, the settings as they are saved, and the folder that it has to itself.
 */
#ifndef CHARNN_CLI_TRAIN_INPUTS_H
#define CHARNN_CLI_TRAIN_INPUTS_H

#include "base/lock.h"
#include "checkpoint/checkpoint.h"
#include "cli/options/command.h"
#include "nn/model.h"
#include "text/corpus_vocab.h"
#include "text/vocab.h"
#include "train/settings.h"

#include <cjson/cJSON.h>

#include <stdbool.h>
#include <stddef.h>

/* Zeros but for the first two, which are borrowed; released by train_inputs_deinit(). */
struct train_inputs {
    struct invocation *invocation;
    struct train_settings *settings; /* --resume and --init-from set those that are not given */
    bool claimed;                    /* the checkpoint folder is this run's */
    struct lock *lock;               /* on it; NULL where there are none */
    struct checkpoint *origin;       /* what --resume or --init-from names; NULL for neither */
    const char **files;
    size_t file_count;
    bool assumes_files; /* they are those of when the run began, and none was named now */
    bool assumes_stdin; /* it is among them as it was when the run began, and was not named now */
    struct corpus *corpus;
    struct vocab *vocab;
    struct rare_symbols rare; /* that are the unknown one in the vocabulary */
    struct model *model;
    cJSON *config; /* the settings, the names of the files, and where the weights began */
};

/* Takes the checkpoint folder for this run, once. Errors: those of train_folder_claim(). */
CHARNN_MUST_CHECK enum status train_inputs_claim(struct train_inputs *inputs, struct error *error);

/*
 * Opens and makes all of it; the folder is claimed where a run is resumed, before its checkpoint is
 * read. Errors: of every kind, with a sentence for the person who started the run.
 */
CHARNN_MUST_CHECK enum status train_inputs_open(struct train_inputs *inputs, struct error *error);

/* Whether standard input is among the files. */
bool train_inputs_have_stdin(const struct train_inputs *inputs);

/* Where the text of a resumed run is not to be had as it came from standard input, turns the error
 * into one that says so, and how to give it again. Returns the status of the error. */
enum status train_inputs_explain(const struct train_inputs *inputs, struct error *error);

void train_inputs_deinit(struct train_inputs *inputs);

#endif
