#include "base/files/spool.h"

#include "base/files/file.h"
#include "base/files/io.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 18 };

struct spool {
    int fd; /* -1: no file yet */
    size_t size;
    void *map; /* NULL: not mapped, or nothing to map */
    unsigned char buffer[BUFFER_BYTES];
};

const char *spool_folder(void) {
    const char *folder = getenv("TMPDIR");
    return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
}

static enum status refuse_folder(struct error *error) {
    return error_set_errno(error, CHARNN_ERROR_IO, errno,
                           "cannot write a temporary file in %s (for compressed text, text from a "
                           "pipe or an index of records); set TMPDIR to a folder with enough room",
                           spool_folder());
}

enum status spool_create(struct spool **spool, struct error *error) {
    if (MEMORY_NEW(spool, 1, "a temporary file", error) != CHARNN_OK) {
        return error->status;
    }
    (*spool)->fd = -1;
    return CHARNN_OK;
}

static enum status open_file(struct spool *spool, struct error *error) {
    char path[CHARNN_PATH_LENGTH];
    int length = snprintf(path, sizeof path, "%s/charnn-XXXXXX", spool_folder());
    errno = ENAMETOOLONG;
    spool->fd = length > 0 && (size_t)length < sizeof path ? mkostemp(path, O_CLOEXEC) : -1;
    if (spool->fd < 0) {
        return refuse_folder(error);
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
        (void)io_close(spool->fd);
    }
    memory_free(spool);
}

enum status spool_write(struct spool *spool, const void *data, size_t size, struct error *error) {
    if (size > 0 && spool->fd < 0 && open_file(spool, error) != CHARNN_OK) {
        return error->status;
    }
    if (!io_write(spool->fd, data, size, CHARNN_IO_APPEND)) {
        return refuse_folder(error);
    }
    spool->size += size;
    return CHARNN_OK;
}

enum status spool_read(struct spool *spool, int fd, const char *name, struct error *error) {
    bool device = file_is_device(fd);
    for (;;) {
        ssize_t got = io_read(fd, spool->buffer, sizeof spool->buffer);
        if (got == 0) {
            return CHARNN_OK;
        }
        if (got < 0) {
            return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot read %s", name);
        }
        if (device) {
            return file_refuse_device(name, error);
        }
        if (spool_write(spool, spool->buffer, (size_t)got, error) != CHARNN_OK) {
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
