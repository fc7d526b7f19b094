#include "cli/train/run.h"

#include "base/files/atomic_file.h"
#include "base/files/file.h"
#include "cli/options/outputs.h"
#include "ranks/ranks.h"

#include <errno.h>
#include <unistd.h>

static bool is_ours(const char *name, const void *context) {
    return train_owns_name(context, name);
}

/* Taking the lock overwrites its file, so the file must not be an input. The texts are not open
 * yet, so the arguments are compared. */
static enum status check_lock(const struct train_run *run, const char *path, struct error *error) {
    static const char option[] = "--checkpoint-dir";
    const struct options *options = &run->invocation->options;
    enum status status = output_check_configs(option, path, options, error);
    for (size_t i = 0; status == CHARNN_OK && i < options->argument_count; i++) {
        status = output_check(option, path, "text", options->arguments[i], error);
    }
    return status == CHARNN_OK
               ? output_check(option, path, "checkpoint", run->settings->init_from, error)
               : status;
}

static enum status lock_folder(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    char name[CHARNN_TRAIN_NAME];
    char path[CHARNN_PATH_LENGTH];
    struct lock_holder holder;
    if (train_hidden_name(s, "lock", name, error) != CHARNN_OK) {
        return error->status;
    }
    int length = snprintf(path, sizeof path, "%s/%s", s->checkpoint_dir, name);
    if (length < 0 || (size_t)length >= sizeof path) {
        return error_set(error, CHARNN_ERROR_USAGE, "--checkpoint-dir: the path is too long");
    }
    if (check_lock(run, path, error) != CHARNN_OK ||
        lock_acquire(path, &run->lock, &holder, error) != CHARNN_OK) {
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
    if (ranks_rank() > 0) {
        return CHARNN_OK;
    }
    if (file_make_directory(s->checkpoint_dir, &run->kept_folder, error) != CHARNN_OK) {
        return error->status;
    }
    if (access(s->checkpoint_dir, W_OK | X_OK) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno,
                               "cannot write checkpoints to %s (choose another --checkpoint-dir)",
                               s->checkpoint_dir);
    }
    return lock_folder(run, error) == CHARNN_OK ? train_repair_folder(run, error) : error->status;
}
