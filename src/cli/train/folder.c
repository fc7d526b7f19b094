#include "cli/train/run.h"

#include "base/atomic_file.h"
#include "base/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether this run may have a checkpoint of that name. */
static bool is_ours(const char *name, const void *context) {
    const struct train_settings *s = context;
    size_t prefix = strlen(s->savefile);
    if (prefix > 0) {
        if (strncmp(name, s->savefile, prefix) != 0 || name[prefix] != '-') {
            return false;
        }
        name += prefix + 1;
    }
    if (strncmp(name, "step-", 5) == 0) {
        return strcmp(name + 5 + strspn(name + 5, "0123456789"), ".safetensors") == 0;
    }
    return strcmp(name, "last.safetensors") == 0 || strcmp(name, "best.safetensors") == 0;
}

static enum status lock_folder(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    char path[CHARNN_PATH_LENGTH];
    struct lock_holder holder;
    int length = snprintf(path, sizeof path, "%s/.%s%slock", s->checkpoint_dir, s->savefile,
                          s->savefile[0] != '\0' ? "-" : "");
    if (length < 0 || (size_t)length >= sizeof path) {
        return error_set(error, CHARNN_ERROR_USAGE, "--checkpoint-dir: the path is too long");
    }
    if (lock_acquire(path, &run->lock, &holder, error) != CHARNN_OK) {
        return error->status;
    }
    if (holder.text[0] != '\0') {
        return error_set(error, CHARNN_ERROR_IO,
                         "another run, %s, writes checkpoints to %s; wait for it, stop it, or "
                         "choose another --checkpoint-dir or --savefile",
                         holder.text, s->checkpoint_dir);
    }
    if (run->lock == NULL) {
        progress_say(&run->progress, "note",
                     "the file system of %s does not support locks; make sure that no other run "
                     "writes checkpoints there",
                     s->checkpoint_dir);
        return CHARNN_OK; /* a temporary file may be another run's work */
    }
    atomic_file_remove_leftovers(s->checkpoint_dir, is_ours, s);
    return CHARNN_OK;
}

enum status train_claim_folder(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    if (file_make_directory(s->checkpoint_dir, error) != CHARNN_OK) {
        return error->status;
    }
    if (access(s->checkpoint_dir, W_OK | X_OK) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno,
                               "cannot write checkpoints to %s (choose another --checkpoint-dir)",
                               s->checkpoint_dir);
    }
    return lock_folder(run, error);
}

/* Renames <dir>/<name> to <dir>/previous-<name>; sets *found if it exists. */
static enum status keep_earlier(const struct train_settings *s, const char *name, bool *found,
                                struct error *error) {
    char path[CHARNN_PATH_LENGTH];
    char kept[CHARNN_PATH_LENGTH];
    char kept_name[32];
    struct stat info;
    (void)snprintf(kept_name, sizeof kept_name, "previous-%s", name);
    if (trainer_checkpoint_path(s, name, path, sizeof path, error) != CHARNN_OK ||
        trainer_checkpoint_path(s, kept_name, kept, sizeof kept, error) != CHARNN_OK) {
        return error->status;
    }
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        return CHARNN_OK; /* anything but a file becomes an error when the checkpoint is written */
    }
    *found = true;
    if (rename(path, kept) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot rename %s to %s", path, kept);
    }
    return CHARNN_OK;
}

enum status train_keep_earlier(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    bool found = false;
    if (keep_earlier(s, "best", &found, error) != CHARNN_OK ||
        keep_earlier(s, "last", &found, error) != CHARNN_OK) {
        return error->status;
    }
    if (found) {
        progress_say(&run->progress, "note",
                     "renamed the checkpoints of an earlier run in %s to previous-...; --resume "
                     "would have continued it",
                     s->checkpoint_dir);
    }
    return CHARNN_OK;
}
