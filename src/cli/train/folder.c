#include "cli/train/folder.h"

#include "base/atomic_file.h"
#include "base/file.h"
#include "train/trainer.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status make(const struct train_settings *s, struct error *error) {
    if (file_make_directory(s->checkpoint_dir, error) != CHARNN_OK) {
        return error->status;
    }
    if (access(s->checkpoint_dir, W_OK | X_OK) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno,
                               "cannot write checkpoints to %s; choose another --checkpoint-dir",
                               s->checkpoint_dir);
    }
    return CHARNN_OK;
}

/* ---- the lock ---------------------------------------------------------------------------------
 */

/* Whether a checkpoint of this run may be called so. */
static bool is_ours(const char *name, const void *context) {
    static const char ending[] = ".safetensors";
    const struct train_settings *s = context;
    size_t prefix = strlen(s->savefile);
    if (prefix > 0) {
        if (strncmp(name, s->savefile, prefix) != 0 || name[prefix] != '-') {
            return false;
        }
        name += prefix + 1;
    }
    size_t length = strcspn(name, ".");
    if (strcmp(name + length, ending) != 0) {
        return false;
    }
    return (length == 4 && (strncmp(name, "last", 4) == 0 || strncmp(name, "best", 4) == 0)) ||
           (strncmp(name, "step-", 5) == 0 && 5 + strspn(name + 5, "0123456789") == length);
}

static enum status refuse(const struct train_settings *s, const struct lock_holder *holder,
                          struct error *error) {
    return error_set(error, CHARNN_ERROR_IO,
                     "another run, %s, writes its checkpoints to %s; wait for its end, end it, or "
                     "choose another --checkpoint-dir or --savefile",
                     holder->text, s->checkpoint_dir);
}

enum status train_folder_claim(const struct train_settings *s, FILE *err, struct lock **lock,
                               struct error *error) {
    char path[CHARNN_PATH_LENGTH];
    struct lock_holder holder;
    if (make(s, error) != CHARNN_OK) {
        return error->status;
    }
    int length = snprintf(path, sizeof path, "%s/.%s%slock", s->checkpoint_dir, s->savefile,
                          s->savefile[0] != '\0' ? "-" : "");
    if (length < 0 || (size_t)length >= sizeof path) {
        return error_set(error, CHARNN_ERROR_USAGE, "--checkpoint-dir: the path is too long");
    }
    if (lock_acquire(path, lock, &holder, error) != CHARNN_OK) {
        return error->status;
    }
    if (holder.text[0] != '\0') {
        return refuse(s, &holder, error);
    }
    if (*lock == NULL) {
        (void)fprintf(err,
                      "note        the file system of %s has no locks: see to it that no other run "
                      "writes its checkpoints there\n",
                      s->checkpoint_dir);
        return CHARNN_OK; /* what seems left over may be another run's work */
    }
    atomic_file_remove_leftovers(s->checkpoint_dir, is_ours, s);
    return CHARNN_OK;
}

/* ---- an earlier run ---------------------------------------------------------------------------
 */

/* Makes <dir>/previous-<name> of an earlier run's <dir>/<name>; whether there was one. */
static enum status keep_earlier(const struct train_settings *s, const char *name, bool *found,
                                struct error *error) {
    char path[CHARNN_PATH_LENGTH];
    char kept[CHARNN_PATH_LENGTH];
    char kept_name[32];
    (void)snprintf(kept_name, sizeof kept_name, "previous-%s", name);
    if (trainer_checkpoint_path(s, name, path, sizeof path, error) != CHARNN_OK ||
        trainer_checkpoint_path(s, kept_name, kept, sizeof kept, error) != CHARNN_OK) {
        return error->status;
    }
    struct stat info;
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        return CHARNN_OK; /* nothing to keep; what else is in the way shows when it is written */
    }
    *found = true;
    if (rename(path, kept) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot rename %s to %s", path, kept);
    }
    return CHARNN_OK;
}

enum status train_folder_keep_earlier(const struct train_settings *s, FILE *err,
                                      struct error *error) {
    bool found = false;
    if (keep_earlier(s, "best", &found, error) != CHARNN_OK ||
        keep_earlier(s, "last", &found, error) != CHARNN_OK) {
        return error->status;
    }
    if (found) {
        (void)fprintf(
            err,
            "note        the checkpoints of an earlier run in %s are now called previous-...; "
            "--resume would have continued it\n",
            s->checkpoint_dir);
    }
    return CHARNN_OK;
}
