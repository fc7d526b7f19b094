/*
 * Which checkpoint of a run is written when, and what is left after a kill.
 *
 *   last     all that resuming needs. Written before the first step, after each validation, after a
 *            rollback, on SIGUSR1, and at the end if it is not up to date
 *   best     weights only. Written before `last`, after a validation with the lowest loss so far
 *            or, if there is no validation text, after each validation
 *   step-N   weights only. Written every checkpoint_every steps, before `last`
 *
 * A save is scheduled if an uninterrupted run makes it too. A save that a signal requests is not
 * scheduled, and neither is a save after a final validation (train/validation.h). A run that is
 * stopped and resumed must end with the same files as an uninterrupted one. So before an
 * unscheduled save replaces a scheduled file, that file is saved aside: a hard link .scheduled-last
 * or .scheduled-best is made to it. A rollback reads .scheduled-last; the next scheduled save of
 * `last` removes it. When a resumed run goes on, .scheduled-best becomes `best` again.
 *
 * Each file is written under a temporary name, flushed and renamed (base/files/file.h). So after a
 * kill at any moment each name refers to a complete file, and --resume continues from `last`.
 *
 * Invariant: `last` is the final file of a step. Before it come the lines of the log (the observer
 * is told before any save, also by a rollback), then `best`, then `step-N`. If a signal stops the
 * validation of a step, `last` says that the validation is due, and the resumed run begins with it.
 * After a kill before the save of `last`, the resumed run repeats the steps since the `last` in
 * place and writes their lines and files again. If the kill comes later, nothing is missing.
 * When a run is resumed, the lines of the log that are later than `last` are cut.
 *
 * If the kill came between a link and the save that the link is for, both names refer to the
 * scheduled file, and the resumed run removes the link.
 *
 * If a save fails, the observer is told and the run goes on; a failure of the last save of `last`
 * is the error of the run instead. The caller must check that the weights are finite.
 */
#ifndef CHARNN_TRAIN_SAVES_H
#define CHARNN_TRAIN_SAVES_H

#include "train/state.h"

void save_last(struct trainer *trainer, bool scheduled);

/* Returns whether the file was written. */
bool save_best(struct trainer *trainer, bool scheduled);

void save_numbered(struct trainer *trainer);

/* Serves train_requests.save: saves `last` if it is not of this step, and tells the observer. */
void save_on_request(struct trainer *trainer);

/* Path of the last scheduled `last`, or of the newest one if the file system has no hard links.
 * Belongs to the trainer. */
const char *save_scheduled_last(const struct trainer *trainer);

/* For a resumed run that goes on: makes .scheduled-best the `best` again, and removes
 * .scheduled-last if `last` is scheduled. */
void save_restore_scheduled(const struct trainer *trainer);

/* Errors: the error of a failed save, unless a later save of the same kind succeeded. */
CHARNN_MUST_CHECK enum status save_check(const struct trainer *trainer, struct error *error);

#endif
