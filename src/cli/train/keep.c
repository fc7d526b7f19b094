/* Which files in the checkpoint folder belong to an earlier run, and where they go. */
#include "cli/train/run.h"

#include "base/files/place.h"
#include "cli/train/earlier.h"
#include "cli/train/log/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A move in progress. */
struct keeping {
    const struct train_run *run;
    char id[32];      /* of the earlier run; "": none */
    bool has_last;    /* it has saved, and was not killed before */
    char origin[256]; /* name of the --init-from file, if it moves; else "" */
};

/* Whether `path` is the --log, written by an earlier run. An empty file is not a log. */
static bool is_earlier_log(const struct train_run *run, const char *path) {
    struct stat info;
    return train_log_is_file(run->settings) && stat(path, &info) == 0 && info.st_size > 0 &&
           place_is_same(path, run->settings->log);
}

/* Whether `path` is a log of the earlier run, by the run's id. A training text never moves. */
static enum status is_its_log(const struct keeping *k, const char *path, bool *is,
                              struct error *error) {
    const char *savefile = k->run->settings->savefile;
    enum log_owner owner = CHARNN_LOG_NONE;
    *is = is_earlier_log(k->run, path);
    if (*is || k->id[0] == '\0') {
        return CHARNN_OK;
    }
    enum status status = log_file_owner(path, k->id, savefile, &owner, error);
    *is = status == CHARNN_OK && owner == CHARNN_LOG_OWN && !train_is_text(k->run, path);
    return status;
}

/* Selects regular files and links only. Anything else with the name of a checkpoint becomes an
 * error when the checkpoint is written. */
static enum status select_file(void *context, const char *name, bool *moves, struct error *error) {
    struct keeping *k = context;
    const struct train_settings *s = k->run->settings;
    char path[CHARNN_PATH_LENGTH];
    char link[CHARNN_TRAIN_NAME]; /* log_link.c */
    struct stat info;
    *moves = false;
    int length = snprintf(path, sizeof path, "%s/%s", s->checkpoint_dir, name);
    if (length < 0 || (size_t)length >= sizeof path || lstat(path, &info) != 0 ||
        (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode))) {
        return CHARNN_OK;
    }
    if (train_hidden_name(s, "log", link, error) != CHARNN_OK) {
        return error->status;
    }
    *moves = train_owns_name(s, name) || (k->has_last && strcmp(name, link) == 0);
    if (*moves && s->init_from[0] != '\0' && place_is_same(path, s->init_from)) {
        (void)snprintf(k->origin, sizeof k->origin, "%s", name);
    }
    return *moves || name[0] == '.' ? CHARNN_OK : is_its_log(k, path, moves, error);
}

static enum status find_id(struct keeping *k, struct error *error) {
    char path[CHARNN_PATH_LENGTH];
    struct checkpoint *checkpoint;
    struct error damage = {0};
    if (trainer_checkpoint_path(k->run->settings, "last", path, sizeof path, error) != CHARNN_OK) {
        return error->status;
    }
    k->has_last = access(path, F_OK) == 0;
    enum status status = checkpoint_open(path, &checkpoint, &damage);
    if (status == CHARNN_OK) {
        const char *id = train_id(checkpoint_config(checkpoint));
        (void)snprintf(k->id, sizeof k->id, "%s", id != NULL ? id : "");
        checkpoint_close(checkpoint);
    } else if (status == CHARNN_ERROR_MEMORY) {
        *error = damage;
        return status;
    }
    return CHARNN_OK;
}

/* `last` and `hidden` receive names; the move borrows them. */
static enum status plan_move(struct keeping *k, char last[CHARNN_PATH_LENGTH],
                             char hidden[CHARNN_TRAIN_NAME], struct earlier *earlier,
                             struct error *error) {
    const struct train_settings *s = k->run->settings;
    struct place place;
    if (trainer_checkpoint_path(s, "last", last, CHARNN_PATH_LENGTH, error) != CHARNN_OK ||
        train_hidden_name(s, "earlier", hidden, error) != CHARNN_OK) {
        return error->status;
    }
    place_init(&place, last);
    *earlier = (struct earlier){
        .folder = s->checkpoint_dir,
        .hidden = hidden,
        .last = place.name,
        .context = k,
        .select = select_file,
    };
    return CHARNN_OK;
}

enum status train_repair_folder(const struct train_run *run, struct error *error) {
    struct keeping k = {.run = run};
    char last[CHARNN_PATH_LENGTH];
    char hidden[CHARNN_TRAIN_NAME];
    struct earlier earlier;
    return plan_move(&k, last, hidden, &earlier, error) == CHARNN_OK
               ? earlier_repair(&earlier, error)
               : error->status;
}

static enum status keep_folder(struct train_run *run, struct error *error) {
    struct keeping k = {.run = run};
    char last[CHARNN_PATH_LENGTH];
    char hidden[CHARNN_TRAIN_NAME];
    char kept[CHARNN_PATH_LENGTH];
    struct earlier earlier;
    const char *folder = run->settings->checkpoint_dir;
    const char *init_from = run->settings->init_from;
    if (plan_move(&k, last, hidden, &earlier, error) != CHARNN_OK ||
        find_id(&k, error) != CHARNN_OK || earlier_move(&earlier, kept, error) != CHARNN_OK) {
        return error->status;
    }
    if (kept[0] != '\0') {
        char command[CHARNN_EARLIER_COMMAND];
        train_earlier_command(run, kept, command);
        progress_say(&run->progress, "note",
                     "moved the files of an earlier run in %s to %s; this continues it: %s", folder,
                     kept, command);
    }
    if (k.origin[0] != '\0' && access(init_from, F_OK) != 0) {
        progress_say(&run->progress, "note", "%s is now %s/%s", init_from, kept, k.origin);
    }
    return CHARNN_OK;
}

/* A log in the folder moves with the checkpoints. */
static enum status keep_log(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    char kept[CHARNN_PATH_LENGTH];
    if (!is_earlier_log(run, s->log) || place_is_in(s->log, s->checkpoint_dir)) {
        return CHARNN_OK;
    }
    if (earlier_move_file(s->log, kept, error) == CHARNN_OK) {
        progress_say(&run->progress, "note", "renamed the log %s of an earlier run to %s", s->log,
                     kept);
    }
    return error->status;
}

enum status train_keep_earlier(struct train_run *run, struct error *error) {
    return keep_log(run, error) == CHARNN_OK ? keep_folder(run, error) : error->status;
}
