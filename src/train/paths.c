#include "train/paths.h"

#include <stdio.h>

/* <dir>/<hidden>[<savefile>-]<name>.safetensors. */
static enum status make_path(const struct train_settings *s, const char *hidden, const char *name,
                             char *path, size_t size, struct error *error) {
    const char *prefix = s->savefile != NULL ? s->savefile : "";
    int length = snprintf(path, size, "%s/%s%s%s%s.safetensors", s->checkpoint_dir, hidden, prefix,
                          prefix[0] != '\0' ? "-" : "", name);
    if (length < 0 || (size_t)length >= size) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--checkpoint-dir: the path of a checkpoint in it is too long");
    }
    return CHARNN_OK;
}

enum status trainer_checkpoint_path(const struct train_settings *s, const char *name, char *path,
                                    size_t size, struct error *error) {
    return make_path(s, "", name, path, size, error);
}

enum status train_paths_init(struct train_paths *p, const struct train_settings *s,
                             struct error *error) {
    if (make_path(s, "", "last", p->last, sizeof p->last, error) != CHARNN_OK ||
        make_path(s, "", "best", p->best, sizeof p->best, error) != CHARNN_OK ||
        make_path(s, ".", "scheduled-last", p->last_aside, sizeof p->last_aside, error) !=
            CHARNN_OK) {
        return error->status;
    }
    return make_path(s, ".", "scheduled-best", p->best_aside, sizeof p->best_aside, error);
}
