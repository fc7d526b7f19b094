/* System calls on descriptors that go on after a signal. */
#ifndef CHARNN_BASE_FILES_IO_H
#define CHARNN_BASE_FILES_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* openat() with O_CLOEXEC; new files get mode 0666 less the umask. */
int io_open(int folder, const char *path, int flags);

/* read() */
ssize_t io_read(int fd, void *bytes, size_t size);

enum { CHARNN_IO_APPEND = -1 };

/* Writes all bytes, at `offset` or with CHARNN_IO_APPEND at the current position. Returns false
 * with errno set if some could not be written. */
bool io_write(int fd, const void *bytes, size_t size, off_t offset);

/* fsync() */
int io_flush(int fd);

/* close(), which must not be repeated: Linux has closed the descriptor even if it reports EINTR. */
int io_close(int fd);

#endif
