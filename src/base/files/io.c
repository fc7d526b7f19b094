#include "base/files/io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int io_open(int folder, const char *path, int flags) {
    int fd;
    do {
        fd = openat(folder, path, flags | O_CLOEXEC, 0666);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

ssize_t io_read(int fd, void *bytes, size_t size) {
    ssize_t got;
    do {
        got = read(fd, bytes, size);
    } while (got < 0 && errno == EINTR);
    return got;
}

bool io_write(int fd, const void *bytes, size_t size, off_t offset) {
    const unsigned char *next = bytes;
    while (size > 0) {
        ssize_t put =
            offset == CHARNN_IO_APPEND ? write(fd, next, size) : pwrite(fd, next, size, offset);
        if (put > 0) {
            next += put;
            size -= (size_t)put;
            offset = offset == CHARNN_IO_APPEND ? offset : offset + put;
        } else if (put == 0 || errno != EINTR) {
            errno = put == 0 ? ENOSPC : errno;
            return false;
        }
    }
    return true;
}

int io_flush(int fd) {
    int result;
    do {
        result = fsync(fd);
    } while (result != 0 && errno == EINTR);
    return result;
}

int io_close(int fd) {
    return close(fd) == 0 || errno == EINTR ? 0 : -1;
}
