#include "base/spool.h"

#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 18 };

struct spool {
    int fd; /* -1: no file yet */
    size_t size;
    void *map; /* NULL before it is mapped, and where there is nothing to map */
    unsigned char buffer[BUFFER_BYTES];
};

const char *spool_folder(void) {
    const char *folder = getenv("TMPDIR");
    return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
}

static enum status refuse_folder(int number, struct error *error) {
    return error_set_errno(error, CHARNN_ERROR_IO, number,
                           "cannot keep a temporary file in %s, for text that is compressed or "
                           "from a pipe or for an index of records; name a folder with enough room "
                           "in the environment's TMPDIR",
                           spool_folder());
}

enum status spool_create(struct spool **spool, struct error *error) {
    void *memory;
    *spool = NULL;
    if (memory_allocate(1, sizeof **spool, "a temporary file", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    *spool = memory;
    (*spool)->fd = -1;
    return CHARNN_OK;
}

static enum status open_file(struct spool *spool, struct error *error) {
    char path[CHARNN_PATH_LENGTH];
    int length = snprintf(path, sizeof path, "%s/charnn-XXXXXX", spool_folder());
    errno = ENAMETOOLONG;
    spool->fd = length > 0 && (size_t)length < sizeof path ? mkostemp(path, O_CLOEXEC) : -1;
    if (spool->fd < 0) {
        return refuse_folder(errno, error);
    }
    (void)unlink(path);
    return CHARNN_OK;
}

void spool_destroy(struct spool *spool) {
    if (spool == NULL) {
        return;
    }
    if (spool->map != NULL) {
        (void)munmap(spool->map, spool->size);
    }
    if (spool->fd >= 0) {
        (void)close(spool->fd);
    }
    memory_free(spool);
}

enum status spool_write(struct spool *spool, const void *data, size_t size, struct error *error) {
    const unsigned char *next = data;
    if (size > 0 && spool->fd < 0 && open_file(spool, error) != CHARNN_OK) {
        return error->status;
    }
    while (size > 0) {
        ssize_t put = write(spool->fd, next, size);
        if (put > 0) {
            next += put;
            size -= (size_t)put;
            spool->size += (size_t)put;
        } else if (put == 0 || errno != EINTR) {
            return refuse_folder(put == 0 ? ENOSPC : errno, error);
        }
    }
    return CHARNN_OK;
}

enum status spool_read(struct spool *spool, int fd, const char *name, struct error *error) {
    for (;;) {
        ssize_t got = read(fd, spool->buffer, sizeof spool->buffer);
        if (got == 0) {
            return CHARNN_OK;
        }
        if (got < 0 && errno != EINTR) {
            return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot read %s", name);
        }
        if (got > 0 && spool_write(spool, spool->buffer, (size_t)got, error) != CHARNN_OK) {
            return error->status;
        }
    }
}

size_t spool_size(const struct spool *spool) {
    return spool->size;
}

enum status spool_map(struct spool *spool, unsigned char **data, struct error *error) {
    *data = spool->buffer;
    if (spool->size == 0) {
        return CHARNN_OK;
    }
    void *map = mmap(NULL, spool->size, PROT_READ | PROT_WRITE, MAP_SHARED, spool->fd, 0);
    if (map == MAP_FAILED) {
        return error_set_errno(error, CHARNN_ERROR_MEMORY, errno,
                               "cannot map a temporary file of %zu bytes", spool->size);
    }
    spool->map = map;
    *data = map;
    return CHARNN_OK;
}
