#include "train/paths.h"

#include <stdio.h>

/* <dir>/<hidden>[<savefile>-]<kind><name>.safetensors. */
static enum status make_path(const struct train_settings *s, const char *hidden, const char *kind,
                             const char *name, char *path, size_t size, struct error *error) {
    const char *prefix = s->savefile != NULL ? s->savefile : "";
    int length = snprintf(path, size, "%s/%s%s%s%s%s.safetensors", s->checkpoint_dir, hidden,
                          prefix, prefix[0] != '\0' ? "-" : "", kind, name);
    if (length < 0 || (size_t)length >= size) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--checkpoint-dir: the path of a checkpoint in it is too long");
    }
    return CHARNN_OK;
}

enum status trainer_checkpoint_path(const struct train_settings *s, const char *name, char *path,
                                    size_t size, struct error *error) {
    return make_path(s, "", "", name, path, size, error);
}

enum status train_paths_init(struct train_paths *paths, const struct train_settings *s,
                             struct error *error) {
    const struct {
        const char *hidden, *kind, *name;
        char *path;
    } rows[] = {
        {"", "", "last", paths->last},
        {"", "", "best", paths->best},
        {".", "scheduled-", "last", paths->last_aside},
        {".", "scheduled-", "best", paths->best_aside},
    };
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < sizeof rows / sizeof rows[0]; i++) {
        status = make_path(s, rows[i].hidden, rows[i].kind, rows[i].name, rows[i].path,
                           CHARNN_PATH_LENGTH, error);
    }
    return status;
}
