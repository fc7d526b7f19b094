#include "base/file.h"

#include "base/memory.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_READ_STEP = 1 << 18,      /* bytes asked of a stream at a time */
    FILE_TEMPORARY_NAME = 200,     /* bytes of the name kept, so that the suffix always fits */
    FILE_TEMPORARY_ATTEMPTS = 1000 /* names tried beside the leftovers of crashed processes */
};

/* `path` is relative to the open folder; files it creates get mode 0666 less the umask. */
static int open_retrying(int folder, const char *path, int flags) {
    int fd;
    do {
        fd = openat(folder, path, flags | O_CLOEXEC, 0666);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* Linux has closed the descriptor even when it reports EINTR, so that is no failure. */
static int close_once(int fd) {
    return close(fd) == 0 || errno == EINTR ? 0 : -1;
}

static int flush_to_disk(int fd) {
    int result;
    do {
        result = fsync(fd);
    } while (result != 0 && errno == EINTR);
    return result;
}

bool file_begins_otherwise(const char *path, const char *beginning) {
    enum { MOST = 64 };
    char found[MOST];
    size_t size = strlen(beginning);
    assert(size <= MOST);
    struct stat about;
    int fd = open_retrying(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0) {
        return false; /* whoever opens it to write says what is wrong */
    }
    ssize_t got = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? read(fd, found, size) : 0;
    (void)close_once(fd);
    return got > 0 && memcmp(found, beginning, (size_t)got) != 0;
}

bool file_is_device(int fd) {
    struct stat about;
    return fstat(fd, &about) == 0 && (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode)) &&
           isatty(fd) == 0;
}

enum status file_refuse_device(const char *name, struct error *error) {
    return error_set(error, CHARNN_ERROR_IO, "%s is a device, which may have no end; name a file",
                     name);
}

static enum status read_to_end(int fd, const char *name, struct file_bytes *bytes,
                               struct error *error) {
    void *buffer = NULL;
    size_t capacity = 0;
    size_t used = 0;
    bool device = file_is_device(fd);
    for (;;) {
        size_t wanted;
        if (!size_add(used, FILE_READ_STEP, &wanted)) {
            memory_free(buffer);
            return error_set(error, CHARNN_ERROR_MEMORY, "%s is too large", name);
        }
        /* Ask for more room only when all is used, so that the buffer grows by doubling. */
        if (used == capacity &&
            memory_grow(&buffer, &capacity, 1, used, wanted, name, error) != CHARNN_OK) {
            memory_free(buffer);
            return error->status;
        }
        ssize_t got = read(fd, (unsigned char *)buffer + used, capacity - used);
        if (got == 0) {
            break;
        }
        if (got > 0 && device) {
            memory_free(buffer);
            return file_refuse_device(name, error);
        }
        if (got > 0) {
            used += (size_t)got;
        } else if (errno != EINTR) {
            int number = errno;
            memory_free(buffer);
            return error_set_errno(error, CHARNN_ERROR_IO, number, "cannot read %s", name);
        }
    }
    *bytes = (struct file_bytes){.data = buffer, .size = used, .allocated = capacity};
    return CHARNN_OK;
}

/* Maps a regular file from its start; false where that cannot be done and reading must serve. */
static bool map_whole(int fd, const struct stat *about, struct file_bytes *bytes) {
    /* Files of /proc have size 0 and content; a stream may already be read in part. */
    if (!S_ISREG(about->st_mode) || about->st_size <= 0 || lseek(fd, 0, SEEK_CUR) != 0) {
        return false;
    }
    size_t size = (size_t)about->st_size;
    if ((off_t)size != about->st_size) {
        return false;
    }
    void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        return false;
    }
    *bytes = (struct file_bytes){.data = map, .size = size, .mapped = true};
    return true;
}

static enum status load_descriptor(int fd, const char *name, struct file_bytes *bytes,
                                   struct error *error) {
    struct stat about;
    if (fstat(fd, &about) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot read %s", name);
    }
    if (S_ISDIR(about.st_mode)) {
        return error_set(error, CHARNN_ERROR_IO, "%s is a directory; name a file", name);
    }
    if (map_whole(fd, &about, bytes)) {
        return CHARNN_OK;
    }
    return read_to_end(fd, name, bytes, error);
}

enum status file_bytes_init(struct file_bytes *bytes, const char *path, struct error *error) {
    *bytes = (struct file_bytes){0};
    if (strcmp(path, "-") == 0) {
        return load_descriptor(STDIN_FILENO, "standard input", bytes, error);
    }
    int fd = open_retrying(AT_FDCWD, path, O_RDONLY);
    if (fd < 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open %s", path);
    }
    enum status status = load_descriptor(fd, path, bytes, error);
    (void)close_once(fd); /* nothing was written, so nothing can be lost */
    return status;
}

void file_bytes_deinit(struct file_bytes *bytes) {
    if (bytes->mapped) {
        (void)munmap((void *)bytes->data, bytes->size);
    } else {
        memory_free((void *)bytes->data);
    }
    *bytes = (struct file_bytes){0};
}

/* The folder is held open and names are relative to it, so chdir() in between does no harm. */
struct atomic_file {
    char *path;      /* as the caller named it, for messages */
    char *name;      /* the last part of `path` */
    char *temporary; /* its name while it is written */
    int folder;      /* descriptor of the folder, or -1 */
    int fd;          /* descriptor of the temporary file, or -1 */
    bool exists;     /* the temporary file is there and must be removed or renamed */
    bool failed;     /* some bytes are missing from it */
};

/* Splits `path` into an open folder and a name in it. */
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
        file->folder = open_retrying(AT_FDCWD, slash == NULL ? "." : "/", O_RDONLY | O_DIRECTORY);
    } else {
        *slash = '\0';
        file->folder = open_retrying(AT_FDCWD, file->path, O_RDONLY | O_DIRECTORY);
        *slash = '/';
    }
    if (file->folder < 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open the folder of %s",
                               file->path);
    }
    return CHARNN_OK;
}

/* Renaming over a device or a pipe would destroy it, and over a directory fails late. */
static enum status refuse_special_target(const struct atomic_file *file, struct error *error) {
    struct stat about;
    if (fstatat(file->folder, file->name, &about, 0) != 0 || S_ISREG(about.st_mode)) {
        return CHARNN_OK;
    }
    return error_set(error, CHARNN_ERROR_IO, "cannot write %s: it is %s", file->path,
                     S_ISDIR(about.st_mode) ? "a directory" : "not a regular file");
}

/* Between the name of the file and what makes the temporary one unique. */
static const char temporary_mark[] = ".tmp-";

static enum status open_temporary(struct atomic_file *file, struct error *error) {
    size_t size = strlen(file->name) + 64;
    void *memory;
    if (memory_allocate(size, 1, "the name of a temporary file", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    file->temporary = memory;
    for (int attempt = 0; attempt < FILE_TEMPORARY_ATTEMPTS; attempt++) {
        (void)snprintf(file->temporary, size, ".%.*s%s%ld-%d", FILE_TEMPORARY_NAME, file->name,
                       temporary_mark, (long)getpid(), attempt);
        file->fd = open_retrying(file->folder, file->temporary, O_WRONLY | O_CREAT | O_EXCL);
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
    *file = NULL;
    void *memory;
    if (memory_allocate(1, sizeof(struct atomic_file), "a file", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct atomic_file *made = memory;
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

/* Where the next bytes go: at the end, or at an offset. */
enum { AT_THE_END = -1 };

static enum status write_all(struct atomic_file *file, off_t offset, const void *data, size_t size,
                             struct error *error) {
    assert(file->fd >= 0);
    const unsigned char *next = data;
    while (size > 0) {
        ssize_t put = offset == AT_THE_END ? write(file->fd, next, size)
                                           : pwrite(file->fd, next, size, offset);
        if (put > 0) {
            next += put;
            size -= (size_t)put;
            offset = offset == AT_THE_END ? offset : offset + put;
        } else if (put == 0 || errno != EINTR) {
            int number = put == 0 ? ENOSPC : errno;
            file->failed = true;
            return error_set_errno(error, CHARNN_ERROR_IO, number, "cannot write %s", file->path);
        }
    }
    return CHARNN_OK;
}

enum status atomic_file_write(struct atomic_file *file, const void *data, size_t size,
                              struct error *error) {
    return write_all(file, AT_THE_END, data, size, error);
}

enum status atomic_file_rewrite(struct atomic_file *file, size_t offset, const void *data,
                                size_t size, struct error *error) {
    return write_all(file, (off_t)offset, data, size, error);
}

enum status atomic_file_commit(struct atomic_file *file, struct error *error) {
    assert(file->fd >= 0);
    if (file->failed) {
        return error_set(error, CHARNN_ERROR_IO, "cannot write %s: an earlier write failed",
                         file->path);
    }
    /* Data first, name second: otherwise a crash could leave the new name with no content. */
    int flushed = flush_to_disk(file->fd);
    int number = errno;
    int closed = close_once(file->fd);
    file->fd = -1;
    if (flushed != 0 || closed != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, flushed != 0 ? number : errno,
                               "cannot write %s", file->path);
    }
    if (renameat(file->folder, file->temporary, file->folder, file->name) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot put %s in place", file->path);
    }
    file->exists = false;
    /* Some file systems cannot flush a folder and say EINVAL: nothing more can be done there. */
    if (flush_to_disk(file->folder) != 0 && errno != EINVAL) {
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
        (void)close_once(file->fd);
    }
    if (file->exists) {
        (void)unlinkat(file->folder, file->temporary, 0);
    }
    if (file->folder >= 0) {
        (void)close_once(file->folder);
    }
    memory_free(file->temporary);
    memory_free(file->name);
    memory_free(file->path);
    memory_free(file);
}

/* Whether `name` is ".NAME.tmp-DIGITS-DIGITS", where `ours` says yes to NAME. */
static bool is_leftover(const char *name, bool (*ours)(const char *name, const void *context),
                        const void *context) {
    char of[FILE_TEMPORARY_NAME + 1];
    const char *mark = NULL;
    for (const char *at = name; (at = strstr(at, temporary_mark)) != NULL; at++) {
        mark = at;
    }
    if (name[0] != '.' || mark == NULL || mark - name - 1 > FILE_TEMPORARY_NAME) {
        return false;
    }
    const char *unique = mark + sizeof temporary_mark - 1;
    size_t digits = strspn(unique, "0123456789");
    if (digits == 0 || unique[digits] != '-' || unique[digits + 1] == '\0' ||
        unique[digits + 1 + strspn(unique + digits + 1, "0123456789")] != '\0') {
        return false;
    }
    (void)snprintf(of, sizeof of, "%.*s", (int)(mark - name - 1), name + 1);
    return ours(of, context);
}

void file_remove_leftovers(const char *folder, bool (*ours)(const char *name, const void *context),
                           const void *context) {
    DIR *stream = opendir(folder);
    if (stream == NULL) {
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        if (is_leftover(entry->d_name, ours, context)) {
            (void)unlinkat(dirfd(stream), entry->d_name, 0);
        }
    }
    (void)closedir(stream);
}

/* Makes one folder whose parent exists. */
static enum status make_one_directory(const char *path, struct error *error) {
    if (mkdir(path, 0777) == 0) {
        return CHARNN_OK;
    }
    /* A folder that is there already may be reported as EEXIST, EROFS or EACCES. */
    int number = errno;
    struct stat about;
    if (stat(path, &about) == 0) {
        if (S_ISDIR(about.st_mode)) {
            return CHARNN_OK;
        }
        return error_set(error, CHARNN_ERROR_IO,
                         "cannot make the folder %s: a file of that name is there", path);
    }
    return error_set_errno(error, CHARNN_ERROR_IO, number, "cannot make the folder %s", path);
}

enum status file_make_directory(const char *path, struct error *error) {
    char *copy;
    if (memory_copy_string(path, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    for (char *slash = copy; status == CHARNN_OK && (slash = strchr(slash, '/')) != NULL; slash++) {
        if (slash != copy && slash[-1] != '/') {
            *slash = '\0';
            status = make_one_directory(copy, error);
            *slash = '/';
        }
    }
    if (status == CHARNN_OK) {
        status = make_one_directory(path, error);
    }
    memory_free(copy);
    return status;
}
