#include "cli/options/checkpoint_path.h"

#include "base/files/place.h"
#include "base/shell.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char suffix[] = ".safetensors";

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool ends_in(const char *name, const char *end) {
    size_t length = strlen(name);
    return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

/* Whether the folder has a file of that name; `path` receives its path. */
static bool is_in(const char *folder, const char *name, char *path, size_t size) {
    const char *slash = folder[0] != '\0' && !ends_in(folder, "/") ? "/" : "";
    int used = snprintf(path, size, "%s%s%s", folder, slash, name);
    return used > 0 && (size_t)used < size && access(path, F_OK) == 0;
}

bool checkpoint_path_in_folder(const char *folder, char *path, size_t size) {
    return is_in(folder, "best.safetensors", path, size) ||
           is_in(folder, "last.safetensors", path, size);
}

bool checkpoint_path_is_likely(const char *path) {
    char inside[CHARNN_PATH_LENGTH];
    return ends_in(path, suffix) || checkpoint_path_in_folder(path, inside, sizeof inside);
}

enum status checkpoint_path_refuse_moved(const char *name, struct error *error) {
    char hidden[CHARNN_PATH_LENGTH];
    char path[CHARNN_PATH_LENGTH];
    struct place place;
    bool whole = is_folder(name);
    place_init(&place, name);
    const char *folder = whole ? name : place.folder;
    DIR *stream = opendir(folder);
    const struct dirent *entry;
    bool found = false;
    while (stream != NULL && !found && (entry = readdir(stream)) != NULL) {
        found = entry->d_name[0] == '.' && ends_in(entry->d_name, "earlier") &&
                is_in(folder, entry->d_name, hidden, sizeof hidden) && is_folder(hidden) &&
                (whole ? checkpoint_path_in_folder(hidden, path, sizeof path)
                       : is_in(hidden, place.name, path, sizeof path));
    }
    if (stream != NULL) {
        (void)closedir(stream);
    }
    return found ? error_set(error, CHARNN_ERROR_IO,
                             "%s is at the moment %s, because a 'charnn train' was killed while it "
                             "moved the files of %s; use that, or resume the run, which moves them "
                             "back",
                             whole ? "the checkpoint" : name, path, folder)
                 : CHARNN_OK;
}

enum { LISTED = 4 };

/* Keeps the names that come first in the alphabet; `count` counts all. */
static void list_name(char names[LISTED][NAME_MAX + 1], size_t count, const char *name) {
    size_t at = count < LISTED ? count : LISTED;
    for (; at > 0 && strcmp(name, names[at - 1]) < 0; at--) {
        if (at < LISTED) {
            memcpy(names[at], names[at - 1], sizeof names[at]);
        }
    }
    if (at < LISTED) {
        (void)snprintf(names[at], sizeof names[at], "%s", name);
    }
}

/* Adds the checkpoints in a folder, each as a command. */
static void add_checkpoints(const char *folder, const char *usage, struct text *list) {
    char names[LISTED][NAME_MAX + 1];
    size_t count = 0;
    DIR *stream = opendir(folder);
    const struct dirent *entry;
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] != '.' && ends_in(entry->d_name, suffix)) {
            list_name(names, count++, entry->d_name);
        }
    }
    if (stream != NULL) {
        (void)closedir(stream);
    }
    for (size_t i = 0; i < count && i < LISTED; i++) {
        char path[CHARNN_PATH_LENGTH];
        (void)is_in(folder, names[i], path, sizeof path);
        text_add(list, "%s'%s ", i > 0 ? ", " : "", usage);
        shell_add_word(list, path);
        text_add(list, "'");
    }
    if (count > LISTED) {
        text_add(list, " and %zu more", count - LISTED);
    }
}

static enum status refuse_folder(const char *name, const char *usage, struct error *error) {
    char commands[CHARNN_ERROR_LENGTH / 2];
    struct text list = text_start(commands, sizeof commands);
    add_checkpoints(name, usage, &list);
    return list.used > 0
               ? error_set(error, CHARNN_ERROR_IO,
                           "the folder %s has neither best.safetensors nor last.safetensors; name "
                           "one of its checkpoints: %s",
                           name, commands)
               : error_set(error, CHARNN_ERROR_IO,
                           "the folder %s has neither best.safetensors nor last.safetensors; name "
                           "a checkpoint, or first train a model with 'charnn train FILE'",
                           name);
}

enum status checkpoint_path_find(const char *name, const char *usage, char *path, size_t size,
                                 struct error *error) {
    path[0] = '\0';
    if (strcmp(name, "-") == 0) {
        return CHARNN_OK;
    }
    bool is_missing = access(name, F_OK) != 0 && errno == ENOENT;
    if ((is_missing || is_folder(name)) && checkpoint_path_refuse_moved(name, error) != CHARNN_OK) {
        return error->status;
    }
    if (is_missing) {
        return error_set(error, CHARNN_ERROR_IO,
                         "cannot open %s: %s; name a checkpoint, or first train a model with "
                         "'charnn train FILE'",
                         name, strerror(ENOENT));
    }
    return is_folder(name) && !checkpoint_path_in_folder(name, path, size)
               ? refuse_folder(name, usage, error)
               : CHARNN_OK;
}
