#include "base/files/atomic_file.h"

#include "base/files/io.h"
#include "base/memory.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A temporary file is called ".NAME.tmp-PROCESS-ATTEMPT". */
static const char temporary_mark[] = ".tmp-";

enum {
    NAME_BYTES = 200,    /* of NAME, so that the rest fits in a file name */
    MOST_ATTEMPTS = 1000 /* names to try; crashed processes may have left files */
};

/* Names are relative to the open folder, so chdir() does no harm. */
struct atomic_file {
    char *path;      /* as given, for messages */
    char *name;      /* last component of `path` */
    char *temporary; /* name of the temporary file */
    int folder;      /* descriptor, or -1 */
    int fd;          /* descriptor of the temporary file, or -1 */
    bool exists;     /* the temporary file must be removed or renamed */
    bool failed;     /* some bytes are missing */
};

/* Splits `path` into an open folder and a name. */
static enum status open_folder(struct atomic_file *file, struct error *error) {
    char *slash = strrchr(file->path, '/');
    const char *name = slash == NULL ? file->path : slash + 1;
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return error_set(error, CHARNN_ERROR_IO, "\"%s\" does not name a file", file->path);
    }
    if (memory_copy_string(name, &file->name, error) != CHARNN_OK) {
        return error->status;
    }
    if (slash == NULL || slash == file->path) {
        file->folder = io_open(AT_FDCWD, slash == NULL ? "." : "/", O_RDONLY | O_DIRECTORY);
    } else {
        *slash = '\0';
        file->folder = io_open(AT_FDCWD, file->path, O_RDONLY | O_DIRECTORY);
        *slash = '/';
    }
    if (file->folder < 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open the folder of %s",
                               file->path);
    }
    return CHARNN_OK;
}

/* Renaming would replace a device or a pipe, and fails for a directory, but only at the end. */
static enum status refuse_special_target(const struct atomic_file *file, struct error *error) {
    struct stat about;
    if (fstatat(file->folder, file->name, &about, 0) != 0 || S_ISREG(about.st_mode)) {
        return CHARNN_OK;
    }
    return error_set(error, CHARNN_ERROR_IO, "cannot write %s: it is %s", file->path,
                     S_ISDIR(about.st_mode) ? "a directory" : "not a regular file");
}

static enum status open_temporary(struct atomic_file *file, struct error *error) {
    size_t size = strlen(file->name) + 64;
    if (MEMORY_NEW(&file->temporary, size, "the name of a temporary file", error) != CHARNN_OK) {
        return error->status;
    }
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        (void)snprintf(file->temporary, size, ".%.*s%s%ld-%d", NAME_BYTES, file->name,
                       temporary_mark, (long)getpid(), attempt);
        file->fd = io_open(file->folder, file->temporary, O_WRONLY | O_CREAT | O_EXCL);
        if (file->fd >= 0) {
            file->exists = true;
            return CHARNN_OK;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot create a file beside %s",
                           file->path);
}

enum status atomic_file_create(const char *path, struct atomic_file **file, struct error *error) {
    struct atomic_file *made;
    *file = NULL;
    if (MEMORY_NEW(&made, 1, "a file", error) != CHARNN_OK) {
        return error->status;
    }
    made->folder = -1;
    made->fd = -1;
    if (memory_copy_string(path, &made->path, error) != CHARNN_OK ||
        open_folder(made, error) != CHARNN_OK || refuse_special_target(made, error) != CHARNN_OK ||
        open_temporary(made, error) != CHARNN_OK) {
        atomic_file_destroy(made);
        return error->status;
    }
    *file = made;
    return CHARNN_OK;
}

static enum status write_at(struct atomic_file *file, off_t offset, const void *data, size_t size,
                            struct error *error) {
    assert(file->fd >= 0);
    if (!io_write(file->fd, data, size, offset)) {
        file->failed = true;
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot write %s", file->path);
    }
    return CHARNN_OK;
}

enum status atomic_file_write(struct atomic_file *file, const void *data, size_t size,
                              struct error *error) {
    return write_at(file, CHARNN_IO_APPEND, data, size, error);
}

enum status atomic_file_rewrite(struct atomic_file *file, size_t offset, const void *data,
                                size_t size, struct error *error) {
    return write_at(file, (off_t)offset, data, size, error);
}

enum status atomic_file_commit(struct atomic_file *file, struct error *error) {
    assert(file->fd >= 0);
    if (file->failed) {
        return error_set(error, CHARNN_ERROR_IO, "cannot write %s: an earlier write failed",
                         file->path);
    }
    /* Content first: otherwise a crash could leave the new name without it. */
    int flushed = io_flush(file->fd);
    int number = errno;
    int closed = io_close(file->fd);
    file->fd = -1;
    if (flushed != 0 || closed != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, flushed != 0 ? number : errno,
                               "cannot write %s", file->path);
    }
    if (renameat(file->folder, file->temporary, file->folder, file->name) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot put %s in place", file->path);
    }
    file->exists = false;
    /* EINVAL: the file system cannot flush folders. */
    if (io_flush(file->folder) != 0 && errno != EINVAL) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno,
                               "%s is in place, but its folder cannot be flushed to the disk",
                               file->path);
    }
    return CHARNN_OK;
}

void atomic_file_destroy(struct atomic_file *file) {
    if (file == NULL) {
        return;
    }
    if (file->fd >= 0) {
        (void)io_close(file->fd);
    }
    if (file->exists) {
        (void)unlinkat(file->folder, file->temporary, 0);
    }
    if (file->folder >= 0) {
        (void)io_close(file->folder);
    }
    memory_free(file->temporary);
    memory_free(file->name);
    memory_free(file->path);
    memory_free(file);
}

/* Extracts NAME from the name of a temporary file; false if it is not one. */
static bool parse_temporary(const char *temporary, char name[NAME_BYTES + 1]) {
    static const char digit[] = "0123456789";
    const char *mark = NULL;
    for (const char *at = temporary; (at = strstr(at, temporary_mark)) != NULL; at++) {
        mark = at;
    }
    if (temporary[0] != '.' || mark == NULL || mark - temporary - 1 > NAME_BYTES) {
        return false;
    }
    const char *process = mark + sizeof temporary_mark - 1;
    const char *dash = process + strspn(process, digit);
    if (dash == process || *dash != '-' || dash[1] == '\0' ||
        dash[1 + strspn(dash + 1, digit)] != '\0') {
        return false;
    }
    (void)snprintf(name, NAME_BYTES + 1, "%.*s", (int)(mark - temporary - 1), temporary + 1);
    return true;
}

void atomic_file_remove_leftovers(const char *folder,
                                  bool (*is_ours)(const char *name, const void *context),
                                  const void *context) {
    char name[NAME_BYTES + 1];
    DIR *stream = opendir(folder);
    if (stream == NULL) {
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        if (parse_temporary(entry->d_name, name) && is_ours(name, context)) {
            (void)unlinkat(dirfd(stream), entry->d_name, 0);
        }
    }
    (void)closedir(stream);
}
