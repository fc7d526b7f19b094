/* The checkpoint that a run starts from: its own last one (--resume) or another (--init-from). */
#ifndef CHARNN_CLI_TRAIN_ORIGIN_H
#define CHARNN_CLI_TRAIN_ORIGIN_H

#include "base/lock.h"
#include "checkpoint/checkpoint.h"
#include "cli/options/command.h"

/*
 * Opens the checkpoint, or sets *origin to NULL if the settings name none. Settings that were not
 * given take their values from it; their strings may point into it, so it must outlive the
 * settings' use. Settings that were given must agree with it. With --resume, claims the
 * checkpoint folder (*lock, see folder.h) before the file is read.
 * Errors: CHARNN_ERROR_USAGE if a given setting disagrees; those of checkpoint_open() and
 * train_folder_claim(); CHARNN_ERROR_IO if there is no run to resume.
 * Ownership: the caller's, checkpoint_close() and lock_release(), also after an error.
 */
CHARNN_MUST_CHECK enum status train_origin_open(struct invocation *invocation, struct lock **lock,
                                                struct checkpoint **origin, struct error *error);

#endif
