#include "base/files/file.h"

#include "base/files/io.h"
#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
    enum { STEP = 1 << 18 };
    unsigned char *buffer = NULL;
    size_t capacity = 0;
    size_t used = 0;
    bool device = file_is_device(fd);
    for (;;) {
        /* Ask for more room only if all is used, so that the buffer doubles. */
        if (used == capacity &&
            MEMORY_GROW(&buffer, &capacity, used, used + STEP, name, error) != CHARNN_OK) {
            break;
        }
        ssize_t got = io_read(fd, buffer + used, capacity - used);
        if (got == 0) {
            *bytes = (struct file_bytes){.data = buffer, .size = used};
            return CHARNN_OK;
        }
        if (got < 0) {
            (void)error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot read %s", name);
            break;
        }
        if (device) {
            (void)file_refuse_device(name, error);
            break;
        }
        used += (size_t)got;
    }
    memory_free(buffer);
    return error->status;
}

/* Maps a regular file from its start; returns false if it must be read instead. */
static bool map_whole(int fd, const struct stat *about, struct file_bytes *bytes) {
    /* Files of /proc have content but size 0; a stream may have been read in part. */
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

enum status file_bytes_map(struct file_bytes *bytes, const char *path, struct error *error) {
    struct stat about;
    bool is_stdin = strcmp(path, "-") == 0;
    *bytes = (struct file_bytes){0};
    /* Opening and closing a pipe would disturb its writer. */
    if ((is_stdin ? fstat(STDIN_FILENO, &about) : stat(path, &about)) != 0 ||
        !S_ISREG(about.st_mode)) {
        return CHARNN_OK;
    }
    int fd = is_stdin ? STDIN_FILENO : io_open(AT_FDCWD, path, O_RDONLY);
    if (fd < 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open %s", path);
    }
    (void)map_whole(fd, &about, bytes);
    if (!is_stdin) {
        (void)io_close(fd);
    }
    return CHARNN_OK;
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
    int fd = io_open(AT_FDCWD, path, O_RDONLY);
    if (fd < 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open %s", path);
    }
    enum status status = load_descriptor(fd, path, bytes, error);
    (void)io_close(fd); /* nothing was written, so nothing can be lost */
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

bool file_begins_otherwise(const char *path, const char *beginning) {
    char found[64];
    size_t size = strlen(beginning);
    assert(size <= sizeof found);
    struct stat about;
    int fd = io_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0) {
        return false; /* opening it for writing will say what is wrong */
    }
    ssize_t got = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? io_read(fd, found, size) : 0;
    (void)io_close(fd);
    return got > 0 && memcmp(found, beginning, (size_t)got) != 0;
}

/* The parent must exist. *made becomes true, or stays as it is if `path` exists. */
static enum status make_one_directory(const char *path, bool *made, struct error *error) {
    if (mkdir(path, 0777) == 0) {
        *made = true;
        return CHARNN_OK;
    }
    int number = errno; /* EEXIST, EROFS or EACCES for a folder that exists */
    struct stat about;
    if (stat(path, &about) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, number, "cannot make the folder %s", path);
    }
    return S_ISDIR(about.st_mode)
               ? CHARNN_OK
               : error_set(error, CHARNN_ERROR_IO,
                           "cannot make the folder %s: a file of that name exists", path);
}

enum status file_make_directory(const char *path, size_t *kept, struct error *error) {
    char *copy;
    bool made = false;
    *kept = 0;
    if (memory_copy_string(path, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    for (char *slash = copy; status == CHARNN_OK && (slash = strchr(slash, '/')) != NULL; slash++) {
        if (slash != copy && slash[-1] != '/') {
            *slash = '\0';
            status = make_one_directory(copy, &made, error);
            *kept = made ? *kept : (size_t)(slash - copy);
            *slash = '/';
        }
    }
    if (status == CHARNN_OK) {
        status = make_one_directory(path, &made, error);
        *kept = made ? *kept : strlen(path);
    }
    memory_free(copy);
    return status;
}

void file_remove_directory(const char *path, size_t kept) {
    char copy[CHARNN_PATH_LENGTH];
    size_t length = strlen(path);
    if (length >= sizeof copy) {
        return;
    }
    memcpy(copy, path, length + 1);
    do {
        while (length > kept && copy[length - 1] == '/') {
            copy[--length] = '\0';
        }
        if (length <= kept || rmdir(copy) != 0) {
            return;
        }
        while (length > kept && copy[length - 1] != '/') {
            length--;
        }
        copy[length] = '\0';
    } while (true);
}
