/*
 * Calls of the C library that fail on purpose. The linker puts the functions of faults.c in the
 * place of those that src/ calls (its option --wrap), so the program's own code carries nothing for
 * it.
 *
 * Calls are counted from 1, by kind, from the last faults_clear(). Everything may be called from
 * any thread but faults_add() and faults_clear(), which one thread calls while no other does.
 */
#ifndef CHARNN_TESTS_SUPPORT_FAULTS_H
#define CHARNN_TESTS_SUPPORT_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

/* X(kind, name, what is counted) */
#define FAULT_LIST(X)                                                                              \
    X(FAULT_ALLOCATE, "allocate", "blocks of memory: calloc")                                      \
    X(FAULT_OPEN, "open", "open, openat, fopen")                                                   \
    X(FAULT_READ, "read", "read")                                                                  \
    X(FAULT_WRITE, "write", "write, pwrite; not what goes through stdio")                          \
    X(FAULT_FLUSH, "fsync", "fsync, fdatasync")                                                    \
    X(FAULT_CLOSE, "close", "close, which closes all the same")                                    \
    X(FAULT_RENAME, "rename", "rename, renameat")                                                  \
    X(FAULT_LINK, "link", "link")                                                                  \
    X(FAULT_REMOVE, "unlink", "unlink, unlinkat")                                                  \
    X(FAULT_TRUNCATE, "ftruncate", "ftruncate")                                                    \
    X(FAULT_FOLDER, "mkdir", "mkdir")                                                              \
    X(FAULT_MAP, "mmap", "mmap")                                                                   \
    X(FAULT_LOCK, "flock", "flock")                                                                \
    X(FAULT_THREAD, "thread", "pthread_create")

#define FAULT_ENUM(kind, name, what) kind,
enum fault_kind { FAULT_LIST(FAULT_ENUM) FAULT_KINDS };
#undef FAULT_ENUM

/* In the place of an errno value. */
enum {
    FAULT_SHORT = -1, /* half of what is to be written or read is, and no error given */
    FAULT_KILL = -2,  /* SIGKILL instead of the call */
};

/* Whether this build has them at all: they need an ELF linker. Else nothing ever fails. */
bool faults_available(void);

/* The calls `first` to `last` of a kind fail with `number`, an errno value or one of the above. */
void faults_add(enum fault_kind kind, size_t first, size_t last, int number);

/* Nothing fails any more, and counting starts anew. */
void faults_clear(void);

/* How many calls there were, and how many of them failed. */
size_t faults_calls(enum fault_kind kind);
size_t faults_failed(enum fault_kind kind);

/* Blocks of memory (FAULT_ALLOCATE) that are allocated and not freed; and their bytes, now and at
 * the most since the last faults_clear(). */
size_t faults_blocks(void);
size_t faults_bytes(void);
size_t faults_most_bytes(void);

#endif
