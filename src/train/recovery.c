#include "train/recovery.h"

#include "base/plural.h"
#include "train/saves.h"
#include "train/snapshot.h"
#include "train/validation.h"

#include <stdio.h>
#include <string.h>

/* Ten halvings leave a thousandth of the rate: what still diverges has another cause. */
enum { ROLLBACKS_TO_ONE_STEP = 10 };

/* How a change begins that is a rollback; existing checkpoints rely on it. */
static const char rollback_text[] = "back from step ";

static size_t rollbacks_to(const struct trainer *t, size_t step) {
    size_t count = 0;
    for (size_t i = 0; i < t->history.change_count; i++) {
        const struct train_change *change = &t->history.changes[i];
        if (change->step == step &&
            strncmp(change->text, rollback_text, sizeof rollback_text - 1) == 0) {
            count++;
        }
    }
    return count;
}

static enum status give_up(const struct trainer *t, const char *what, const char *repeatedly,
                           struct error *error) {
    char row[64] = "";
    if (t->progress.bad_steps > 1) {
        (void)snprintf(row, sizeof row, ", as in the %zu step%s before", t->progress.bad_steps - 1,
                       plural_ending(t->progress.bad_steps - 1));
    }
    return error_set(error, CHARNN_ERROR_DATA,
                     "training diverged%s: the %s at step %zu is not finite%s; the checkpoints are "
                     "from before it. Use a lower --learning-rate or clip with --grad-norm",
                     repeatedly, what, t->progress.step, row);
}

static enum status read_scheduled_last(struct trainer *t, struct error *error) {
    struct checkpoint *checkpoint;
    size_t skipped = t->progress.skipped;
    if (checkpoint_open(save_scheduled_last(t), &checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = snapshot_read(t, checkpoint, error);
    checkpoint_close(checkpoint);
    if (status == CHARNN_OK) {
        validation_forget(t); /* of the newest `last`, if the scheduled one is lost */
        t->progress.skipped_undone += skipped - t->progress.skipped;
        t->progress.skipped = skipped;
    }
    return status;
}

enum status recovery_roll_back(struct trainer *t, const char *what, struct error *error) {
    char text[128];
    size_t from = t->progress.step;
    size_t rollbacks = t->progress.rollbacks + 1;
    if (t->parts.settings->on_divergence == CHARNN_DIVERGENCE_STOP) {
        return give_up(t, what, "", error);
    }
    if (rollbacks_to(t, t->progress.scheduled_step) >= ROLLBACKS_TO_ONE_STEP) {
        return give_up(t, what, " again and again from the same checkpoint", error);
    }
    (void)snprintf(text, sizeof text, "%s%zu, where the %s was not finite; half the rate",
                   rollback_text, from, what);
    if (read_scheduled_last(t, error) != CHARNN_OK ||
        history_add_change(&t->history, t->progress.step, text, error) != CHARNN_OK) {
        return error->status;
    }
    t->progress.rollbacks = rollbacks;
    save_last(t, true); /* so that a resumed run need not diverge again */
    if (t->observer->rolled_back != NULL) {
        t->observer->rolled_back(t->observer->context, from, what);
    }
    return CHARNN_OK;
}
