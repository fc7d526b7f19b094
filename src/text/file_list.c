#include "text/file_list.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Takes ownership of `path`, even on failure. */
static enum status add_path(struct file_list *list, char *path, struct error *error) {
    enum status status = MEMORY_GROW(&list->paths, &list->capacity, list->count, list->count + 1,
                                     "the list of files", error);
    if (status == CHARNN_OK) {
        list->paths[list->count++] = path;
    } else {
        memory_free(path);
    }
    return status;
}

static enum status join(const char *folder, const char *name, char **path, struct error *error) {
    size_t length = strlen(folder);
    size_t size = length + strlen(name) + 2;
    bool slash = length > 0 && folder[length - 1] == '/';
    if (MEMORY_NEW(path, size, "the name of a file", error) == CHARNN_OK) {
        (void)snprintf(*path, size, "%s%s%s", folder, slash ? "" : "/", name);
    }
    return *path != NULL ? CHARNN_OK : error->status;
}

/* Adds an entry of a folder to `files` or `folders`, if it is wanted. */
static enum status add_entry(const char *folder, const char *name, const char *glob,
                             struct file_list *files, struct file_list *folders,
                             struct error *error) {
    char *path;
    struct stat about;
    if (name[0] == '.') {
        return CHARNN_OK;
    }
    if (join(folder, name, &path, error) != CHARNN_OK) {
        return error->status;
    }
    if (lstat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        return add_path(folders, path, error);
    }
    if (stat(path, &about) == 0 && S_ISREG(about.st_mode) &&
        (glob == NULL || fnmatch(glob, name, 0) == 0)) {
        return add_path(files, path, error);
    }
    memory_free(path);
    return CHARNN_OK;
}

static enum status read_folder(const char *folder, const char *glob, struct file_list *files,
                               struct file_list *folders, struct error *error) {
    DIR *open = opendir(folder);
    if (open == NULL) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot read the folder %s", folder);
    }
    enum status status = CHARNN_OK;
    struct dirent *entry;
    while (status == CHARNN_OK && (errno = 0, entry = readdir(open)) != NULL) {
        status = add_entry(folder, entry->d_name, glob, files, folders, error);
    }
    if (status == CHARNN_OK && errno != 0) {
        status =
            error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot read the folder %s", folder);
    }
    (void)closedir(open);
    return status;
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Subfolders wait in a list, so that depth needs no recursion. */
static enum status add_folder(struct file_list *list, const char *folder, const char *glob,
                              struct error *error) {
    struct file_list folders = {0};
    size_t first = list->count;
    enum status status = read_folder(folder, glob, list, &folders, error);
    while (status == CHARNN_OK && folders.count > 0) {
        char *next = folders.paths[--folders.count];
        status = read_folder(next, glob, list, &folders, error);
        memory_free(next);
    }
    file_list_deinit(&folders);
    if (status != CHARNN_OK) {
        return status;
    }
    if (list->count == first) {
        return error_set(error, CHARNN_ERROR_DATA, "the folder %s has no file in it%s%s%s", folder,
                         glob != NULL ? " whose name matches '" : " that could be read as text",
                         glob != NULL ? glob : "", glob != NULL ? "'" : "");
    }
    qsort(list->paths + first, list->count - first, sizeof *list->paths, compare_paths);
    return CHARNN_OK;
}

static enum status add_file(struct file_list *list, const char *path, struct error *error) {
    char *copy;
    if (memory_copy_string(path, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    return add_path(list, copy, error);
}

enum status file_list_init(struct file_list *list, const char *const *paths, size_t count,
                           const char *glob, struct error *error) {
    *list = (struct file_list){0};
    enum status status = CHARNN_OK;
    for (size_t i = 0; i < count && status == CHARNN_OK; i++) {
        struct stat about;
        bool folder =
            strcmp(paths[i], "-") != 0 && stat(paths[i], &about) == 0 && S_ISDIR(about.st_mode);
        status = folder ? add_folder(list, paths[i], glob, error) : add_file(list, paths[i], error);
    }
    return status;
}

void file_list_deinit(struct file_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        memory_free(list->paths[i]);
    }
    memory_free(list->paths);
    *list = (struct file_list){0};
}
