#include "cli/train/earlier.h"

#include "base/files/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status join(char path[CHARNN_PATH_LENGTH], const char *folder, const char *name,
                        struct error *error) {
    int length = snprintf(path, CHARNN_PATH_LENGTH, "%s/%s", folder, name);
    return length >= 0 && length < CHARNN_PATH_LENGTH
               ? CHARNN_OK
               : error_set(error, CHARNN_ERROR_IO, "the path of %s in %s is too long", name,
                           folder);
}

static bool exists(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0;
}

static enum status rename_file(const char *from, const char *to, struct error *error) {
    return rename(from, to) == 0
               ? CHARNN_OK
               : error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot rename %s to %s", from, to);
}

/* One more than the largest N among the names in the folder that are the prefix followed by N. */
static size_t next_number(const char *folder, const char *prefix) {
    DIR *stream = opendir(folder);
    const struct dirent *entry;
    size_t length = strlen(prefix);
    size_t next = 1;
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        const char *digits = entry->d_name + length;
        if (strncmp(entry->d_name, prefix, length) == 0 && *digits != '\0' &&
            strspn(digits, "0123456789") == strlen(digits) && strlen(digits) < 10) {
            size_t number = strtoul(digits, NULL, 10);
            next = number >= next ? number + 1 : next;
        }
    }
    if (stream != NULL) {
        (void)closedir(stream);
    }
    return next;
}

static const char numbered[] = "earlier-";

/* Renames the hidden sub-folder to a free earlier-N. Another run in this folder, of another
 * --savefile, may take a number at the same moment. Its earlier-N is not empty, so rename() refuses
 * to replace it. */
static enum status publish(const struct earlier *e, const char *hidden,
                           char kept[CHARNN_PATH_LENGTH], struct error *error) {
    for (size_t number = next_number(e->folder, numbered);; number++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s%zu", numbered, number);
        if (join(kept, e->folder, name, error) != CHARNN_OK) {
            return error->status;
        }
        if (exists(kept)) {
            continue;
        }
        enum status status = rename_file(hidden, kept, error);
        if (status == CHARNN_OK || !exists(kept)) {
            return status;
        }
    }
}

/* Renames the files in `from` whose names are free in `to`; *left counts the others. */
static enum status move_back(const char *from, const char *to, size_t *left, struct error *error) {
    DIR *stream = opendir(from);
    const struct dirent *entry;
    enum status status = CHARNN_OK;
    if (stream == NULL) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open %s", from);
    }
    while (status == CHARNN_OK && (entry = readdir(stream)) != NULL) {
        char old[CHARNN_PATH_LENGTH];
        char new[CHARNN_PATH_LENGTH];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        status = join(old, from, entry->d_name, error);
        status = status == CHARNN_OK ? join(new, to, entry->d_name, error) : status;
        if (status == CHARNN_OK && exists(new)) {
            ++*left;
        } else if (status == CHARNN_OK) {
            status = rename_file(old, new, error);
        }
    }
    (void)closedir(stream);
    return status;
}

enum status earlier_repair(const struct earlier *e, struct error *error) {
    char hidden[CHARNN_PATH_LENGTH];
    char kept[CHARNN_PATH_LENGTH];
    size_t left = 0;
    if (join(hidden, e->folder, e->hidden, error) != CHARNN_OK) {
        return error->status;
    }
    if (!exists(hidden)) {
        return CHARNN_OK;
    }
    if (move_back(hidden, e->folder, &left, error) != CHARNN_OK) {
        return error->status;
    }
    if (left > 0) {
        return publish(e, hidden, kept, error);
    }
    return rmdir(hidden) == 0
               ? CHARNN_OK
               : error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot remove %s", hidden);
}

/* Moves a file to the hidden sub-folder, which the first file creates. */
static enum status hide(const struct earlier *e, const char *hidden, const char *name, bool *begun,
                        struct error *error) {
    char from[CHARNN_PATH_LENGTH];
    char to[CHARNN_PATH_LENGTH];
    if (!*begun && mkdir(hidden, 0777) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot make the folder %s", hidden);
    }
    *begun = true;
    if (join(from, e->folder, name, error) != CHARNN_OK ||
        join(to, hidden, name, error) != CHARNN_OK) {
        return error->status;
    }
    return rename_file(from, to, error);
}

/* Hides the selected files except `last`. *has_last: whether `last` is selected. */
static enum status hide_selected(const struct earlier *e, const char *hidden, bool *begun,
                                 bool *has_last, struct error *error) {
    DIR *stream = opendir(e->folder);
    const struct dirent *entry;
    enum status status = CHARNN_OK;
    if (stream == NULL) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open %s", e->folder);
    }
    while (status == CHARNN_OK && (entry = readdir(stream)) != NULL) {
        bool moves = false;
        bool is_last = strcmp(entry->d_name, e->last) == 0;
        status = e->select(e->context, entry->d_name, &moves, error);
        if (status == CHARNN_OK && moves && !is_last) {
            status = hide(e, hidden, entry->d_name, begun, error);
        }
        *has_last = *has_last || (moves && is_last);
    }
    (void)closedir(stream);
    return status;
}

enum status earlier_move(const struct earlier *e, char kept[CHARNN_PATH_LENGTH],
                         struct error *error) {
    char hidden[CHARNN_PATH_LENGTH];
    bool begun = false;
    bool has_last = false;
    kept[0] = '\0';
    enum status status = join(hidden, e->folder, e->hidden, error);
    if (status == CHARNN_OK) {
        status = hide_selected(e, hidden, &begun, &has_last, error);
    }
    if (status == CHARNN_OK && has_last) {
        status = hide(e, hidden, e->last, &begun, error);
    }
    if (status == CHARNN_OK && begun) {
        status = publish(e, hidden, kept, error);
    }
    if (status != CHARNN_OK && begun) {
        struct error ignored = {0};
        (void)!earlier_repair(e, &ignored); /* if this fails, the next start repairs */
    }
    return status;
}

/* An empty file claims the new name first, so that the rename replaces nothing else. */
enum status earlier_move_file(const char *path, char kept[CHARNN_PATH_LENGTH],
                              struct error *error) {
    struct place place;
    char prefix[CHARNN_PATH_LENGTH];
    place_init(&place, path);
    (void)snprintf(prefix, sizeof prefix, "%s.%s", place.name, numbered);
    for (size_t number = next_number(place.folder, prefix);; number++) {
        int length = snprintf(kept, CHARNN_PATH_LENGTH, "%s.%s%zu", path, numbered, number);
        if (length < 0 || length >= CHARNN_PATH_LENGTH) {
            return error_set(error, CHARNN_ERROR_IO, "the path %s is too long", path);
        }
        int fd = open(kept, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0) {
            (void)close(fd);
            break;
        }
        if (errno != EEXIST) {
            return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot rename %s to %s", path,
                                   kept);
        }
    }
    enum status status = rename_file(path, kept, error);
    if (status != CHARNN_OK) {
        (void)unlink(kept);
    }
    return status;
}
