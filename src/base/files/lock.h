/* A lock between processes: a locked file. The lock ends with its process, so a file left behind by
 * a crash blocks nobody. */
#ifndef CHARNN_BASE_FILES_LOCK_H
#define CHARNN_BASE_FILES_LOCK_H

#include "base/error.h"

enum { CHARNN_LOCK_HOLDER = 128 };

struct lock;

/* Who holds a lock, as written in its file: "process 1234 on HOST", or "another process"; "" if no
 * other process does. */
struct lock_holder {
    char text[CHARNN_LOCK_HOLDER];
};

/* Takes the lock of the file `path`, which is created if missing. After success *lock is NULL if
 * another process holds the lock (*holder names it) or if the file system has no locks. Errors:
 * CHARNN_ERROR_IO if the file cannot be opened. */
CHARNN_MUST_CHECK enum status lock_acquire(const char *path, struct lock **lock,
                                           struct lock_holder *holder, struct error *error);

/* Releases the lock and removes its file. */
void lock_release(struct lock *lock);

#endif
