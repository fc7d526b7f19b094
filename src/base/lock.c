#include "base/lock.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
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

/* Whether `path` is still the file that is open: whoever held the lock before may have removed it,
 * and a third one made it again. */
static bool is_current(int fd, const char *path) {
    struct stat open_file;
    struct stat named;
    return fstat(fd, &open_file) == 0 && stat(path, &named) == 0 &&
           open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

static int lock_retrying(int fd) {
    int result;
    do {
        result = flock(fd, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    return result;
}

/* What the holder has written: "1234 HOST". Nothing depends on it but the words. */
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
        return; /* the lock holds all the same; it only cannot say whose it is */
    }
}

enum outcome { TAKEN, HELD, REMOVED, WITHOUT_LOCKS };

static enum outcome try_lock(int fd, const char *path) {
    if (lock_retrying(fd) != 0) {
        return errno == EWOULDBLOCK ? HELD : WITHOUT_LOCKS;
    }
    return is_current(fd, path) ? TAKEN : REMOVED;
}

/* Opens the file; *made tells whether it was not there. */
static int open_or_make(const char *path, bool *made) {
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    *made = fd >= 0;
    return fd < 0 && errno == EEXIST ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : fd;
}

/* Whether, after a lock that failed, nobody else can hold one on the file either. */
static bool nobody_holds(bool made) {
    static const int none[] = {ENOTSUP, EOPNOTSUPP, ENOSYS}; /* two may be one number */
    for (size_t i = 0; !made && i < sizeof none / sizeof none[0]; i++) {
        made = errno == none[i];
    }
    return made;
}

/* Opens the file and locks it; *fd is -1 where that gave nothing to hold. */
static enum status open_locked(const char *path, int *fd, struct lock_holder *holder,
                               struct error *error) {
    for (;;) {
        bool made;
        *fd = open_or_make(path, &made);
        if (*fd < 0 && errno == EINTR) {
            continue;
        }
        if (*fd < 0) {
            return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open %s", path);
        }
        enum outcome outcome = try_lock(*fd, path);
        if (outcome == TAKEN) {
            write_holder(*fd);
            return CHARNN_OK;
        }
        if (outcome == WITHOUT_LOCKS && nobody_holds(made)) {
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
    void *memory;
    *lock = NULL;
    *holder = (struct lock_holder){""};
    if (memory_allocate(1, sizeof **lock, "a lock", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct lock *made = memory;
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
    if (is_current(lock->fd, lock->path)) { /* not one that another has by now */
        (void)unlink(lock->path);
    }
    (void)close(lock->fd); /* only now, so that nobody locks a file that is about to go */
    memory_free(lock->path);
    memory_free(lock);
}
