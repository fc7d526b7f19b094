#include "cli/options/checkpoint_path.h"

#include "base/files/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool checkpoint_path_in_folder(const char *folder, char *path, size_t size) {
    static const char *const names[] = {"best.safetensors", "last.safetensors"};
    size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int used = snprintf(path, size, "%s%s%s", folder, slash, names[i]);
        if (used > 0 && (size_t)used < size && access(path, F_OK) == 0) {
            return true;
        }
    }
    return false;
}

bool checkpoint_path_is_likely(const char *path) {
    static const char suffix[] = ".safetensors";
    char inside[CHARNN_PATH_LENGTH];
    size_t length = strlen(path);
    return (length >= strlen(suffix) && strcmp(path + length - strlen(suffix), suffix) == 0) ||
           checkpoint_path_in_folder(path, inside, sizeof inside);
}

enum status checkpoint_path_find(const char *name, char *path, size_t size, struct error *error) {
    path[0] = '\0';
    if (strcmp(name, "-") == 0) {
        return CHARNN_OK;
    }
    if (access(name, F_OK) != 0 && errno == ENOENT) {
        return error_set(error, CHARNN_ERROR_IO,
                         "cannot open %s: %s; name a checkpoint, or first train a model with "
                         "'charnn train FILE'",
                         name, strerror(ENOENT));
    }
    if (is_folder(name) && !checkpoint_path_in_folder(name, path, size)) {
        return error_set(error, CHARNN_ERROR_IO,
                         "the folder %s has neither best.safetensors nor last.safetensors; name a "
                         "checkpoint, or first train a model with 'charnn train FILE'",
                         name);
    }
    return CHARNN_OK;
}
