#include "text/files/file_list.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A path while the list is made. */
struct entry {
    char *path;
    size_t place; /* in the listing */
    dev_t device; /* with `inode`: which file it is; zeros if it is standard input or missing */
    ino_t inode;
    bool found; /* in a folder, not named */
    bool link;  /* a symbolic link */
};

struct listing {
    struct entry *entries;
    size_t count, capacity;
};

static void listing_deinit(struct listing *listing) {
    for (size_t i = 0; i < listing->count; i++) {
        memory_free(listing->entries[i].path);
    }
    memory_free(listing->entries);
}

/* Takes ownership of the path, even on failure. */
static enum status add_entry(struct listing *listing, struct entry entry, struct error *error) {
    enum status status = MEMORY_GROW(&listing->entries, &listing->capacity, listing->count,
                                     listing->count + 1, "the list of files", error);
    if (status == CHARNN_OK) {
        listing->entries[listing->count++] = entry;
    } else {
        memory_free(entry.path);
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

/* Adds what has that name in a folder to `files` or `folders`, if it is wanted. */
static enum status add_found(const char *folder, const char *name, const char *glob,
                             struct listing *files, struct listing *folders, struct error *error) {
    struct entry entry = {.found = true};
    struct stat about;
    if (name[0] == '.') {
        return CHARNN_OK;
    }
    if (join(folder, name, &entry.path, error) != CHARNN_OK) {
        return error->status;
    }
    entry.link = lstat(entry.path, &about) == 0 && S_ISLNK(about.st_mode);
    if (stat(entry.path, &about) == 0) {
        entry.device = about.st_dev;
        entry.inode = about.st_ino;
        if (S_ISDIR(about.st_mode) && !entry.link) {
            return add_entry(folders, entry, error);
        }
        if (S_ISREG(about.st_mode) && (glob == NULL || fnmatch(glob, name, 0) == 0)) {
            return add_entry(files, entry, error);
        }
    }
    memory_free(entry.path);
    return CHARNN_OK;
}

static enum status read_folder(const char *folder, const char *glob, struct listing *files,
                               struct listing *folders, struct error *error) {
    DIR *open = opendir(folder);
    if (open == NULL) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot read the folder %s", folder);
    }
    enum status status = CHARNN_OK;
    struct dirent *entry;
    while (status == CHARNN_OK && (errno = 0, entry = readdir(open)) != NULL) {
        status = add_found(folder, entry->d_name, glob, files, folders, error);
    }
    if (status == CHARNN_OK && errno != 0) {
        status =
            error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot read the folder %s", folder);
    }
    (void)closedir(open);
    return status;
}

static int compare_paths(const void *a, const void *b) {
    const struct entry *first = a;
    const struct entry *second = b;
    return strcmp(first->path, second->path);
}

/* Subfolders wait in a list, so that depth needs no recursion. */
static enum status add_folder(struct listing *listing, const char *folder, const char *glob,
                              struct error *error) {
    struct listing folders = {0};
    size_t first = listing->count;
    enum status status = read_folder(folder, glob, listing, &folders, error);
    while (status == CHARNN_OK && folders.count > 0) {
        char *next = folders.entries[--folders.count].path;
        status = read_folder(next, glob, listing, &folders, error);
        memory_free(next);
    }
    listing_deinit(&folders);
    if (status != CHARNN_OK) {
        return status;
    }
    if (listing->count == first) {
        return error_set(error, CHARNN_ERROR_DATA, "the folder %s has no file in it%s%s%s", folder,
                         glob != NULL ? " whose name matches '" : " that could be read as text",
                         glob != NULL ? glob : "", glob != NULL ? "'" : "");
    }
    qsort(listing->entries + first, listing->count - first, sizeof *listing->entries,
          compare_paths);
    return CHARNN_OK;
}

static enum status add_named(struct listing *listing, const char *path, const struct stat *about,
                             struct error *error) {
    struct entry entry = {.device = about->st_dev, .inode = about->st_ino};
    if (memory_copy_string(path, &entry.path, error) != CHARNN_OK) {
        return error->status;
    }
    return add_entry(listing, entry, error);
}

static enum status list_all(struct listing *listing, const char *const *paths, size_t count,
                            const char *glob, struct error *error) {
    enum status status = CHARNN_OK;
    for (size_t i = 0; i < count && status == CHARNN_OK; i++) {
        struct stat about = {0};
        bool known = strcmp(paths[i], "-") != 0 && stat(paths[i], &about) == 0;
        status = known && S_ISDIR(about.st_mode) ? add_folder(listing, paths[i], glob, error)
                                                 : add_named(listing, paths[i], &about, error);
    }
    for (size_t i = 0; i < listing->count; i++) {
        listing->entries[i].place = i;
    }
    return status;
}

/* The entries of a file together: named ones, paths, links. */
static int compare_files(const void *a, const void *b) {
    const struct entry *first = a;
    const struct entry *second = b;
    if (first->device != second->device) {
        return first->device < second->device ? -1 : 1;
    }
    if (first->inode != second->inode) {
        return first->inode < second->inode ? -1 : 1;
    }
    if (first->found != second->found) {
        return first->found ? 1 : -1;
    }
    if (first->link != second->link) {
        return first->link ? 1 : -1;
    }
    return first->place < second->place ? -1 : 1;
}

/* Moves the paths into the list, in their places. */
static enum status take_paths(struct file_list *list, struct listing *listing,
                              struct error *error) {
    struct entry *entries = listing->entries;
    if (MEMORY_NEW(&list->paths, listing->count, "the list of files", error) != CHARNN_OK) {
        return error->status;
    }
    qsort(entries, listing->count, sizeof *entries, compare_files);
    for (size_t i = 0; i < listing->count; i++) {
        bool repeated = i > 0 && entries[i].found && entries[i].device == entries[i - 1].device &&
                        entries[i].inode == entries[i - 1].inode;
        if (!repeated) {
            list->paths[entries[i].place] = entries[i].path;
            entries[i].path = NULL;
        }
    }
    for (size_t i = 0; i < listing->count; i++) {
        if (list->paths[i] != NULL) {
            list->paths[list->count++] = list->paths[i];
        }
    }
    list->repeated = listing->count - list->count;
    return CHARNN_OK;
}

enum status file_list_init(struct file_list *list, const char *const *paths, size_t count,
                           const char *glob, struct error *error) {
    struct listing listing = {0};
    *list = (struct file_list){0};
    enum status status = list_all(&listing, paths, count, glob, error);
    if (status == CHARNN_OK) {
        status = take_paths(list, &listing, error);
    }
    listing_deinit(&listing);
    return status;
}

void file_list_deinit(struct file_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        memory_free(list->paths[i]);
    }
    memory_free(list->paths);
    *list = (struct file_list){0};
}
