#include "train/paths.h"

#include <stdio.h>
#include <string.h>

enum status trainer_checkpoint_path(const struct train_settings *s, const char *name, char *path,
                                    size_t size, struct error *error) {
    const char *dot = name[0] == '.' ? "." : "";
    const char *prefix = s->savefile != NULL ? s->savefile : "";
    const char *dash = prefix[0] != '\0' ? "-" : "";
    int length = snprintf(path, size, "%s/%s%s%s%s.safetensors", s->checkpoint_dir, dot, prefix,
                          dash, name + strlen(dot));
    if (length < 0 || (size_t)length >= size) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--checkpoint-dir: the path of a checkpoint in it is too long");
    }
    return CHARNN_OK;
}

enum status train_paths_init(struct train_paths *p, const struct train_settings *s,
                             struct error *error) {
    enum { SIZE = CHARNN_PATH_LENGTH };
    if (trainer_checkpoint_path(s, "last", p->last, SIZE, error) != CHARNN_OK ||
        trainer_checkpoint_path(s, "best", p->best, SIZE, error) != CHARNN_OK ||
        trainer_checkpoint_path(s, ".scheduled-last", p->last_aside, SIZE, error) != CHARNN_OK) {
        return error->status;
    }
    return trainer_checkpoint_path(s, ".scheduled-best", p->best_aside, SIZE, error);
}
