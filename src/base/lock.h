/*
 * A lock between processes: a file that one at a time holds. It ends with the process that took it,
 * however that ends, so a file that was left behind holds nobody up.
 */
#ifndef CHARNN_BASE_LOCK_H
#define CHARNN_BASE_LOCK_H

#include "base/error.h"

enum { CHARNN_LOCK_HOLDER = 128 };

struct lock;

/* Who holds a lock, as far as its file tells: "process 1234 on HOST", "another process"; "" where
 * nobody else does. */
struct lock_holder {
    char text[CHARNN_LOCK_HOLDER];
};

/*
 * Takes the lock that the file `path` stands for, and makes the file where it is missing. *lock is
 * NULL after success where another holds it, whom *holder then names, and where the file system
 * has no locks. Errors: CHARNN_ERROR_IO where the file cannot be opened, CHARNN_ERROR_MEMORY.
 * Ownership: the caller's, released with lock_release().
 */
CHARNN_MUST_CHECK enum status lock_acquire(const char *path, struct lock **lock,
                                           struct lock_holder *holder, struct error *error);

/* Gives the lock back and removes its file; NULL is fine. */
void lock_release(struct lock *lock);

#endif
