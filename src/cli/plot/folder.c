#include "cli/plot/folder.h"

#include "base/files/file.h"
#include "cli/options/checkpoint_path.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether the name is that of a link to a log: .log, or .SAVEFILE-log. */
static bool is_link_name(const char *name) {
    size_t length = strlen(name);
    return strcmp(name, ".log") == 0 ||
           (name[0] == '.' && length > 5 && strcmp(name + length - 4, "-log") == 0);
}

/* Reads the link; a relative target is in the folder. Returns false if it is no link. */
static bool read_link(const char *folder, const char *name, char *path, size_t size) {
    char link[CHARNN_PATH_LENGTH];
    char target[CHARNN_PATH_LENGTH];
    (void)snprintf(link, sizeof link, "%s/%s", folder, name);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length <= 0) {
        return false;
    }
    target[length] = '\0';
    bool whole = target[0] == '/';
    const char *slash = whole || folder[strlen(folder) - 1] == '/' ? "" : "/";
    int used = snprintf(path, size, "%s%s%s", whole ? "" : folder, slash, target);
    return used > 0 && (size_t)used < size;
}

enum status plot_find_log(const char *name, char *path, size_t size, struct error *error) {
    DIR *stream = opendir(name);
    const struct dirent *entry;
    size_t found = 0;
    path[0] = '\0';
    if (stream == NULL) {
        return CHARNN_OK;
    }
    while ((entry = readdir(stream)) != NULL) {
        found += is_link_name(entry->d_name) && read_link(name, entry->d_name, path, size);
    }
    (void)closedir(stream);
    if (found == 1 && access(path, F_OK) == 0) {
        return CHARNN_OK;
    }
    if (checkpoint_path_refuse_moved(name, error) != CHARNN_OK) {
        return error->status;
    }
    return found == 1
               ? error_set(error, CHARNN_ERROR_IO,
                           "the log %s of the run in %s is no longer there; name the log", path,
                           name)
               : error_set(error, CHARNN_ERROR_IO,
                           "the folder %s has %s; name a file that train --log has written", name,
                           found == 0 ? "no run with a log" : "several runs with logs");
}
