#include "train/saves.h"

#include "base/clock.h"
#include "ranks/ranks.h"
#include "train/snapshot.h"
#include "train/training_json.h"

#include <stdio.h>
#include <unistd.h>

static bool save(struct trainer *t, enum train_save kind, const char *path) {
    const struct train_observer *observer = t->observer;
    struct error *failure = &t->failure[kind];
    double began = clock_seconds();
    *failure = (struct error){0};
    if (snapshot_write(t, path, kind == CHARNN_SAVE_LAST, failure) != CHARNN_OK) {
        bool again = kind != CHARNN_SAVE_NUMBERED && !t->ending;
        t->gave_up = kind == CHARNN_SAVE_LAST && !again;
        if (!t->gave_up) {
            observer->save_failed(observer->context, failure, again);
        }
        return false;
    }
    if (kind == CHARNN_SAVE_LAST) {
        t->save_seconds = ranks_first(clock_seconds() - began);
    }
    if (observer->saved != NULL) {
        observer->saved(observer->context, path);
    }
    return true;
}

/* A file system may have no hard links. Then a final `best` stays, and a rollback goes to the
 * newest `last`. */
static void save_aside(const char *path, const char *aside) {
    if (ranks_rank() == 0) {
        (void)unlink(aside);
        (void)!link(path, aside);
    }
}

void save_last(struct trainer *t, bool scheduled) {
    struct train_progress *p = &t->progress;
    size_t scheduled_before = p->scheduled_step;
    if (scheduled) {
        p->scheduled_step = p->step; /* set first, because the checkpoint records it */
    } else if (t->saved_step == p->scheduled_step) {
        save_aside(t->paths.last, t->paths.last_aside);
    }
    if (!save(t, CHARNN_SAVE_LAST, t->paths.last)) {
        p->scheduled_step = scheduled_before;
        return;
    }
    t->saved_step = p->step;
    if (scheduled && ranks_rank() == 0) {
        (void)unlink(t->paths.last_aside);
    }
}

bool save_best(struct trainer *t, bool scheduled) {
    if (!scheduled) {
        save_aside(t->paths.best, t->paths.best_aside);
    }
    return save(t, CHARNN_SAVE_BEST, t->paths.best);
}

void save_numbered(struct trainer *t) {
    char name[64];
    char path[CHARNN_PATH_LENGTH];
    (void)snprintf(name, sizeof name, "step-%08zu", t->progress.step);
    if (trainer_checkpoint_path(t->parts.settings, name, path, sizeof path,
                                &t->failure[CHARNN_SAVE_NUMBERED]) == CHARNN_OK) {
        (void)save(t, CHARNN_SAVE_NUMBERED, path);
    }
}

void save_on_request(struct trainer *t) {
    t->requests->save = 0;
    if (t->saved_step != t->progress.step) {
        save_last(t, false);
    }
    if (t->saved_step == t->progress.step && t->observer->saved_on_request != NULL) {
        t->observer->saved_on_request(t->observer->context);
    }
}

/* Whether `aside` is a file of this run. Removes a file that another run left in this folder. */
static bool has_aside(const struct trainer *t, const char *aside, size_t step) {
    struct error error = {0};
    struct checkpoint *checkpoint;
    if (checkpoint_open(aside, &checkpoint, &error) != CHARNN_OK) {
        return false;
    }
    bool is_own = training_json_is_of_run(t, checkpoint, step);
    checkpoint_close(checkpoint);
    if (!is_own) {
        (void)unlink(aside);
    }
    return is_own;
}

const char *save_scheduled_last(const struct trainer *t) {
    bool aside = ranks_rank() == 0 && t->saved_step != t->progress.scheduled_step &&
                 has_aside(t, t->paths.last_aside, t->progress.scheduled_step);
    return ranks_first(aside ? 1 : 0) != 0 ? t->paths.last_aside : t->paths.last;
}

void save_restore_scheduled(const struct trainer *t) {
    if (ranks_rank() > 0) {
        return;
    }
    if (has_aside(t, t->paths.best_aside, t->progress.best_step) &&
        rename(t->paths.best_aside, t->paths.best) == 0) {
        (void)unlink(t->paths.best_aside); /* rename() does nothing if both names are of one file */
    }
    if (t->saved_step == t->progress.scheduled_step) {
        (void)unlink(t->paths.last_aside);
    }
}

enum status save_check(const struct trainer *t, struct error *error) {
    const struct error *last = &t->failure[CHARNN_SAVE_LAST];
    if (last->status != CHARNN_OK && t->saved_step != SIZE_MAX &&
        access(t->paths.last, F_OK) == 0) {
        return error_set(error, last->status, "%s; the existing file is from step %zu",
                         last->message, t->saved_step);
    }
    for (size_t i = 0; i < CHARNN_SAVES; i++) {
        if (t->failure[i].status != CHARNN_OK) {
            *error = t->failure[i];
            return error->status;
        }
    }
    return CHARNN_OK;
}
