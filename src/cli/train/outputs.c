/* What a run is about to write, compared with what it reads. */
#include "cli/train/run.h"

#include "base/files/place.h"
#include "cli/options/outputs.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

bool train_is_text(const struct train_run *run, const char *path) {
    for (size_t i = 0; i < corpus_file_count(run->corpus); i++) {
        if (place_is_same(path, corpus_file(run->corpus, i))) {
            return true;
        }
    }
    return false;
}

/* The texts and the settings files; --init-from is not among them, because it moves out of the way
 * (keep.c). */
static enum status check_inputs(const struct train_run *run, const char *output, const char *path,
                                struct error *error) {
    const struct options *options = &run->invocation->options;
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < corpus_file_count(run->corpus); i++) {
        status = output_check(output, path, "text", corpus_file(run->corpus, i), error);
    }
    return status == CHARNN_OK ? output_check_configs(output, path, options, error) : status;
}

static enum status check_log(const struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    struct place place;
    if (!train_log_is_file(s)) {
        return CHARNN_OK;
    }
    if (check_inputs(run, "--log", s->log, error) != CHARNN_OK ||
        output_check("--log", s->log, "checkpoint", s->init_from, error) != CHARNN_OK) {
        return error->status;
    }
    place_init(&place, s->log);
    if (place_is_in(s->log, s->checkpoint_dir) && train_owns_name(s, place.name)) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--log: %s in %s is the name of a checkpoint; name another file",
                         place.name, s->checkpoint_dir);
    }
    return CHARNN_OK;
}

/* Checks the files that exist under the names that this run may write. */
static enum status check_checkpoints(const struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    DIR *stream = opendir(s->checkpoint_dir);
    const struct dirent *entry;
    enum status status = CHARNN_OK;
    while (stream != NULL && status == CHARNN_OK && (entry = readdir(stream)) != NULL) {
        char path[CHARNN_PATH_LENGTH];
        if (train_owns_name(s, entry->d_name)) {
            (void)snprintf(path, sizeof path, "%s/%s", s->checkpoint_dir, entry->d_name);
            status = check_inputs(run, "--checkpoint-dir", path, error);
        }
    }
    if (stream != NULL) {
        (void)closedir(stream);
    }
    return status;
}

enum status train_check_outputs(const struct train_run *run, struct error *error) {
    if (train_log_check(run->settings, train_id(run->config), error) != CHARNN_OK ||
        check_log(run, error) != CHARNN_OK) {
        return error->status;
    }
    return check_checkpoints(run, error);
}
