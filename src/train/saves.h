/*
 * A run's checkpoints: which file is written when.
 *
 *   last     all that resuming needs: before the first step, after each validation, after a
 *            rollback, and when a signal asks for it
 *   best     weights only: after each validation that is the best so far, just before `last`
 *   step-N   weights only: every checkpoint_every steps
 *
 * A save is scheduled if a run without signals and of any length makes it too: all of them but the
 * saves that a signal asks for and those after a final validation (train/validation.h). A run that
 * is stopped and resumed must end with the files of one that was not. So before an unscheduled save
 * replaces a scheduled `last` or `best`, that file is saved aside: it gets a second name,
 * .scheduled-last or .scheduled-best. A rollback goes to the scheduled `last`, and the next
 * scheduled save of `last` removes .scheduled-last. When a resumed run goes on, .scheduled-best
 * becomes `best` again.
 *
 * Each file is written under a temporary name, flushed and renamed (base/file.h), so whenever the
 * process is killed, each name stands for a complete file, old or new. If the kill comes between
 * `best` and `last`, `best` is the newer one; resuming repeats the steps from `last` on and writes
 * the same `best` again, or takes the scheduled one back. If it comes between saving aside and the
 * save, both names are of one file, and the resumed run removes the second one.
 *
 * A save that fails is reported to the observer, and the run goes on. The caller checks that the
 * weights are finite before it saves them.
 */
#ifndef CHARNN_TRAIN_SAVES_H
#define CHARNN_TRAIN_SAVES_H

#include "train/state.h"

/* The first save of a new run. */
void save_begin(struct trainer *trainer);

void save_last(struct trainer *trainer, bool scheduled);

/* Returns whether the file was written. */
bool save_best(struct trainer *trainer, bool scheduled);

void save_numbered(struct trainer *trainer);

/* The path of the scheduled `last`, to roll back to. Where the file system has no hard links it may
 * have been replaced; then the newest `last`. Belongs to the trainer. */
const char *save_scheduled_last(const struct trainer *trainer);

/* Undoes unscheduled saves, for a resumed run that goes on. */
void save_restore_scheduled(const struct trainer *trainer);

/* The error to end with, if the last attempt to write some checkpoint failed. */
CHARNN_MUST_CHECK enum status save_check(const struct trainer *trainer, struct error *error);

#endif
