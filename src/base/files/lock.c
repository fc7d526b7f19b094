#include "base/files/lock.h"

#include "base/files/io.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct lock {
    char *path;
    int fd;
};

/* Whether `path` still names the open file: a previous holder may have removed it, and a third
 * process may have made it again. */
static bool is_current(int fd, const char *path) {
    struct stat opened;
    struct stat named;
    return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

/* Reads "1234 HOST", which is only informative. */
static void read_holder(int fd, struct lock_holder *holder) {
    char text[CHARNN_LOCK_HOLDER / 2];
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    text[size > 0 ? size : 0] = '\0';
    char *host = NULL;
    long pid = strtol(text, &host, 10);
    host[strcspn(host, "\n")] = '\0';
    if (pid > 0 && host[0] == ' ' && host[1] != '\0') {
        (void)snprintf(holder->text, sizeof holder->text, "process %ld on %s", pid, host + 1);
    } else {
        (void)snprintf(holder->text, sizeof holder->text, "another process");
    }
}

static void write_holder(int fd) {
    char host[CHARNN_LOCK_HOLDER / 4] = "";
    char text[CHARNN_LOCK_HOLDER / 2];
    if (gethostname(host, sizeof host - 1) != 0) {
        (void)snprintf(host, sizeof host, "this machine");
    }
    int size = snprintf(text, sizeof text, "%ld %s\n", (long)getpid(), host);
    if (ftruncate(fd, 0) != 0 || write(fd, text, (size_t)size) != size) {
        return; /* the lock works without */
    }
}

enum outcome { TAKEN, HELD, REMOVED, NO_LOCKS };

static enum outcome try_lock(int fd, const char *path) {
    int result;
    do {
        result = flock(fd, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        return errno == EWOULDBLOCK ? HELD : NO_LOCKS;
    }
    return is_current(fd, path) ? TAKEN : REMOVED;
}

static int open_or_create(const char *path, bool *created) {
    int fd = io_open(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL);
    *created = fd >= 0;
    return fd < 0 && errno == EEXIST ? io_open(AT_FDCWD, path, O_RDWR | O_CREAT) : fd;
}

/* Whether flock() failed because there are no locks, so that no other process can hold one. */
static bool lacks_locks(void) {
    return errno == ENOTSUP || errno == EOPNOTSUPP || errno == ENOSYS;
}

/* Opens and locks the file; *fd is -1 if there is no lock to hold. */
static enum status open_locked(const char *path, int *fd, struct lock_holder *holder,
                               struct error *error) {
    for (;;) {
        bool created;
        *fd = open_or_create(path, &created);
        if (*fd < 0) {
            return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open %s", path);
        }
        enum outcome outcome = try_lock(*fd, path);
        if (outcome == TAKEN) {
            write_holder(*fd);
            return CHARNN_OK;
        }
        if (outcome == NO_LOCKS && (created || lacks_locks())) {
            (void)unlink(path);
        } else if (outcome == HELD) {
            read_holder(*fd, holder);
        }
        (void)close(*fd);
        *fd = -1;
        if (outcome != REMOVED) {
            return CHARNN_OK;
        }
    }
}

enum status lock_acquire(const char *path, struct lock **lock, struct lock_holder *holder,
                         struct error *error) {
    struct lock *made;
    *lock = NULL;
    *holder = (struct lock_holder){""};
    if (MEMORY_NEW(&made, 1, "a lock", error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = memory_copy_string(path, &made->path, error);
    if (status == CHARNN_OK) {
        status = open_locked(path, &made->fd, holder, error);
    }
    if (status != CHARNN_OK || made->fd < 0) {
        memory_free(made->path);
        memory_free(made);
        return status;
    }
    *lock = made;
    return CHARNN_OK;
}

void lock_release(struct lock *lock) {
    if (lock == NULL) {
        return;
    }
    if (is_current(lock->fd, lock->path)) { /* else it belongs to another process */
        (void)unlink(lock->path);
    }
    (void)close(lock->fd); /* last, so that nobody locks a file that is about to be removed */
    memory_free(lock->path);
    memory_free(lock);
}
