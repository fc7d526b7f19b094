#include "train/recovery.h"

#include "base/plural.h"
#include "ranks/ranks.h"
#include "train/saves.h"
#include "train/snapshot.h"
#include "train/training_json.h"
#include "train/validation.h"

#include <stdio.h>
#include <string.h>

/* Ten halvings leave a thousandth of the learning rate, so the rate is not the cause. */
enum { ROLLBACKS_TO_ONE_STEP = 10 };

/* The start of a rollback's text in the changes; existing checkpoints have it, too. */
static const char rollback_text[] = "back from step ";

static size_t rollbacks_to(const struct trainer *t, size_t step) {
    size_t count = 0;
    const cJSON *change;
    cJSON_ArrayForEach(change, t->changes) {
        const char *text = cJSON_GetArrayItem(change, 1)->valuestring;
        count += cJSON_GetArrayItem(change, 0)->valuedouble == (double)step &&
                 strncmp(text, rollback_text, sizeof rollback_text - 1) == 0;
    }
    return count;
}

static enum status give_up(const struct trainer *t, const char *what, const char *repeatedly,
                           struct error *error) {
    char before[64] = "";
    if (t->progress.bad_steps > 1) {
        (void)snprintf(before, sizeof before, ", as in the %zu step%s before",
                       t->progress.bad_steps - 1, plural_ending(t->progress.bad_steps - 1));
    }
    return error_set(error, CHARNN_ERROR_DATA,
                     "training diverged%s: the %s at step %zu is not finite%s; the checkpoints are "
                     "from before it. Use a lower --learning-rate or clip with --grad-norm",
                     repeatedly, what, t->progress.step, before);
}

/* Restores the last scheduled checkpoint, but keeps the changes, the time, the start of the rate
 * and the number of skipped steps. */
static enum status go_back(struct trainer *t, struct error *error) {
    struct checkpoint *checkpoint;
    struct train_progress before = t->progress;
    cJSON *changes = t->changes;
    if (checkpoint_open(save_scheduled_last(t), &checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    t->changes = NULL;
    enum status status = snapshot_read(t, checkpoint, error);
    checkpoint_close(checkpoint);
    cJSON_Delete(t->changes);
    t->changes = changes;
    validation_forget(t); /* the file may not be the scheduled one: train/saves.h */
    if (before.skipped > t->progress.skipped) { /* always, unless another program wrote the file */
        t->progress.skipped_undone += before.skipped - t->progress.skipped;
        t->progress.skipped = before.skipped;
    }
    t->progress.rollbacks = before.rollbacks + 1;
    t->progress.seconds_before = before.seconds_before;
    t->progress.rate_start = before.rate_start;
    return status;
}

enum status recovery_roll_back(struct trainer *t, const char *what, struct error *error) {
    char text[128];
    size_t from = t->progress.step;
    if (t->parts.settings->on_divergence == CHARNN_DIVERGENCE_STOP) {
        return ranks_agree(give_up(t, what, "", error), error);
    }
    if (rollbacks_to(t, t->progress.scheduled_step) >= ROLLBACKS_TO_ONE_STEP) {
        return ranks_agree(give_up(t, what, " repeatedly from the same checkpoint", error), error);
    }
    (void)snprintf(text, sizeof text, "%s%zu: the %s was not finite; learning rate halved",
                   rollback_text, from, what);
    if (ranks_agree(go_back(t, error), error) != CHARNN_OK ||
        ranks_compare(t->progress.step, "the ranks have read different checkpoints", error) !=
            CHARNN_OK ||
        training_json_add_change(t, text, error) != CHARNN_OK) {
        return error->status;
    }
    t->observer->rolled_back(t->observer->context, from, what);
    t->ending = false;
    save_last(t, true); /* so that a resumed run does not diverge again */
    return CHARNN_OK;
}
