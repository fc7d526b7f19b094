/* The link in the checkpoint folder that says which log a run has: .[SAVEFILE-]log. Its target is a
 * name if the log is in that folder, so that both can move together, else an absolute path. */
#include "cli/train/run.h"

#include "base/files/place.h"
#include "cli/train/log/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum status link_path(const struct train_settings *s, char path[CHARNN_PATH_LENGTH],
                             struct error *error) {
    char name[CHARNN_TRAIN_NAME];
    if (train_hidden_name(s, "log", name, error) != CHARNN_OK) {
        return error->status;
    }
    int length = snprintf(path, CHARNN_PATH_LENGTH, "%s/%s", s->checkpoint_dir, name);
    return length >= 0 && length < CHARNN_PATH_LENGTH
               ? CHARNN_OK
               : error_set(error, CHARNN_ERROR_USAGE, "--checkpoint-dir: the path is too long");
}

/* Replaces the link in one step, so that a kill leaves the old one or the new one. A file system
 * may have no links; then a later --resume needs --log. */
static void replace_link(const char *path, const char *target) {
    char old[CHARNN_PATH_LENGTH];
    char new[CHARNN_PATH_LENGTH + 8];
    ssize_t length = readlink(path, old, sizeof old);
    if (length == (ssize_t)strlen(target) && memcmp(old, target, (size_t)length) == 0) {
        return;
    }
    (void)snprintf(new, sizeof new, "%s.new", path);
    (void)unlink(new);
    if (symlink(target, new) == 0 && rename(new, path) != 0) {
        (void)unlink(new);
    }
}

enum status train_link_log(const struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    char path[CHARNN_PATH_LENGTH];
    char whole[PATH_MAX];
    struct place place;
    if (link_path(s, path, error) != CHARNN_OK) {
        return error->status;
    }
    if (train_log_is_file(s)) {
        place_init(&place, s->log);
        bool beside = place_is_in(s->log, s->checkpoint_dir);
        const char *target = beside ? place.name : realpath(s->log, whole);
        replace_link(path, target != NULL ? target : s->log);
    } else if (!s->resume) {
        (void)unlink(path);
    }
    return CHARNN_OK;
}

enum status train_find_log(struct train_run *run, struct error *error) {
    struct train_settings *s = run->settings;
    char path[CHARNN_PATH_LENGTH];
    char target[CHARNN_PATH_LENGTH];
    char log[2 * CHARNN_PATH_LENGTH];
    enum log_owner owner;
    char *kept;
    if (s->log[0] != '\0' || link_path(s, path, error) != CHARNN_OK) {
        return error->status;
    }
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0) {
        return CHARNN_OK;
    }
    target[length] = '\0';
    (void)snprintf(log, sizeof log, "%s%s%s", target[0] == '/' ? "" : s->checkpoint_dir,
                   target[0] == '/' ? "" : "/", target);
    if (log_file_owner(log, train_id(run->config), s->savefile, &owner, error) != CHARNN_OK) {
        return error->status;
    }
    if (owner != CHARNN_LOG_OWN) {
        progress_say(&run->progress, "note",
                     "the log of this run, %s, is missing or is now the log of another run, so no "
                     "log is written; --log FILE begins one",
                     log);
        return CHARNN_OK;
    }
    if (options_keep_text(&run->invocation->options, log, &kept, error) == CHARNN_OK) {
        s->log = kept;
        progress_say(&run->progress, "note", "continuing the log of this run, %s", log);
    }
    return error->status;
}
