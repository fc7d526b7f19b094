/*
 * The folder of a run's checkpoints: made, held against other runs, tidied, and with the
 * checkpoints of an earlier run out of the way.
 */
#ifndef CHARNN_CLI_TRAIN_FOLDER_H
#define CHARNN_CLI_TRAIN_FOLDER_H

#include "base/lock.h"
#include "train/settings.h"

#include <stdio.h>

/*
 * Makes --checkpoint-dir, with its parents; holds it for this run's names of checkpoints until the
 * lock is released; and removes what earlier processes left that were killed while they wrote them.
 * *lock may be NULL after success, where the file system has no locks: `err` is told.
 * Errors: CHARNN_ERROR_IO where the folder cannot be written to, which is better found now than
 * after the first hours, and where another run has it, which is named.
 */
CHARNN_MUST_CHECK enum status train_folder_claim(const struct train_settings *settings, FILE *err,
                                                 struct lock **lock, struct error *error);

/* Calls the checkpoints of an earlier run previous-..., so that a new one neither destroys them nor
 * mixes with them, and says so on `err`. */
CHARNN_MUST_CHECK enum status train_folder_keep_earlier(const struct train_settings *settings,
                                                        FILE *err, struct error *error);

#endif
