/* A run's checkpoints: which are written under which names, and what happens where one cannot be.
 */
#include "base/file.h"
#include "train/trainer_internal.h"

#include <stdio.h>
#include <unistd.h>

/* Both names that a checkpoint may have; false where they do not fit. */
static bool make_paths(const struct trainer *t, const char *name, char path[CHARNN_PATH_LENGTH],
                       char kept[CHARNN_PATH_LENGTH]) {
    struct error error = {0};
    return trainer_checkpoint_path(t->parts.settings, name, path, CHARNN_PATH_LENGTH, &error) ==
               CHARNN_OK &&
           trainer_aside_path(t->parts.settings, name, kept, CHARNN_PATH_LENGTH, &error) ==
               CHARNN_OK;
}

/*
 * Gives a checkpoint that was due a second name before another takes its own. Where the file system
 * has no links, the run loses what that is for: `best` stays the one of its end, and a run that
 * diverges goes back to the newest checkpoint.
 */
static void keep_scheduled(const struct trainer *t, const char *name) {
    char path[CHARNN_PATH_LENGTH];
    char kept[CHARNN_PATH_LENGTH];
    if (make_paths(t, name, path, kept)) {
        (void)unlink(kept);
        if (link(path, kept) != 0) {
            return;
        }
    }
}

static void drop_kept(const struct trainer *t, const char *name) {
    char path[CHARNN_PATH_LENGTH];
    char kept[CHARNN_PATH_LENGTH];
    if (make_paths(t, name, path, kept)) {
        (void)unlink(kept);
    }
}

static bool save(struct trainer *t, enum train_save kind, const char *name,
                 const struct train_observer *observer) {
    struct error error = {0};
    char path[CHARNN_PATH_LENGTH];
    bool resumable = kind == CHARNN_SAVE_LAST;
    t->failing[kind] =
        trainer_checkpoint_path(t->parts.settings, name, path, sizeof path, &error) != CHARNN_OK ||
        snapshot_write(t, path, resumable, &error) != CHARNN_OK;
    if (t->failing[kind]) {
        t->failure[kind] = error;
        if (observer->save_failed != NULL) {
            observer->save_failed(observer->context, &error,
                                  kind != CHARNN_SAVE_NUMBERED && !t->ending);
        }
    } else if (observer->saved != NULL) {
        observer->saved(observer->context, path);
    }
    return !t->failing[kind];
}

void save_last(struct trainer *t, bool due, const struct train_observer *observer) {
    size_t scheduled_before = t->scheduled_step;
    if (!recovery_check_weights(t)) {
        return;
    }
    if (due) {
        t->scheduled_step = t->progress.step;
    } else if (t->saved_step == t->scheduled_step) {
        keep_scheduled(t, "last");
    }
    if (!save(t, CHARNN_SAVE_LAST, "last", observer)) {
        t->scheduled_step = scheduled_before;
        return;
    }
    t->saved_step = t->progress.step;
    if (due) {
        drop_kept(t, "last");
    }
}

void save_begin(struct trainer *t, const struct train_observer *observer) {
    drop_kept(t, "best"); /* of an earlier run */
    save_last(t, true, observer);
}

bool save_best(struct trainer *t, bool due, const struct train_observer *observer) {
    if (!due) {
        keep_scheduled(t, "best");
    }
    return save(t, CHARNN_SAVE_BEST, "best", observer);
}

void save_numbered(struct trainer *t, const struct train_observer *observer) {
    char name[64];
    if (recovery_check_weights(t)) {
        (void)snprintf(name, sizeof name, "step-%08zu", t->progress.step);
        (void)save(t, CHARNN_SAVE_NUMBERED, name, observer);
    }
}

/* Whether a kept checkpoint is there and of this run; that of another, whose checkpoints were in
 * this folder, is removed. */
static bool is_kept(const struct trainer *t, const char *kept, size_t step) {
    struct error error = {0};
    struct checkpoint *checkpoint;
    if (checkpoint_open(kept, &checkpoint, &error) != CHARNN_OK) {
        return false; /* mostly there is none */
    }
    bool is_own = snapshot_is_of_run(t, checkpoint, step);
    checkpoint_close(checkpoint);
    if (!is_own) {
        (void)unlink(kept);
    }
    return is_own;
}

enum status save_scheduled_path(const struct trainer *t, char *path, size_t size,
                                struct error *error) {
    if (t->saved_step != t->scheduled_step) {
        if (trainer_aside_path(t->parts.settings, "last", path, size, error) != CHARNN_OK) {
            return error->status;
        }
        if (is_kept(t, path, t->scheduled_step)) {
            return CHARNN_OK;
        }
    }
    return trainer_checkpoint_path(t->parts.settings, "last", path, size, error);
}

void save_restore_best(const struct trainer *t) {
    char path[CHARNN_PATH_LENGTH];
    char kept[CHARNN_PATH_LENGTH];
    if (make_paths(t, "best", path, kept) && is_kept(t, kept, t->progress.best_step) &&
        rename(kept, path) == 0) {
        (void)unlink(kept); /* rename() leaves both names where they are of one file */
    }
    if (t->saved_step == t->scheduled_step) {
        drop_kept(t, "last"); /* a crash may have left it */
    }
}

static bool is_last_there(const struct trainer *t) {
    struct error error = {0};
    char path[CHARNN_PATH_LENGTH];
    return trainer_has_saved(t) &&
           trainer_checkpoint_path(t->parts.settings, "last", path, sizeof path, &error) ==
               CHARNN_OK &&
           access(path, F_OK) == 0;
}

enum status save_check(const struct trainer *t, struct error *error) {
    if (t->failing[CHARNN_SAVE_LAST] && is_last_there(t)) {
        const struct error *failure = &t->failure[CHARNN_SAVE_LAST];
        return error_set(error, failure->status, "%s; the one that is there is of step %zu",
                         failure->message, t->saved_step);
    }
    for (size_t i = 0; i < CHARNN_SAVES; i++) {
        if (t->failing[i]) {
            *error = t->failure[i];
            return error->status;
        }
    }
    return CHARNN_OK;
}
