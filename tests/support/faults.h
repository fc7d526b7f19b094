/*
 * Fault injection: makes calls of the C library fail. The linker (option --wrap) redirects calls
 * from src/ to faults.c, so src/ needs no code for this.
 *
 * Calls of each kind are counted from 1 since the last faults_clear(). faults_add() and
 * faults_clear() are not thread-safe; all other functions are.
 */
#ifndef CHARNN_TESTS_SUPPORT_FAULTS_H
#define CHARNN_TESTS_SUPPORT_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

/* X(kind, name, the counted calls) */
#define FAULT_LIST(X)                                                                              \
    X(FAULT_ALLOCATE, "allocate", "calloc")                                                        \
    X(FAULT_OPEN, "open", "open, openat, fopen; not in /proc and /sys")                            \
    X(FAULT_READ, "read", "read")                                                                  \
    X(FAULT_WRITE, "write", "write, pwrite; not stdio")                                            \
    X(FAULT_FLUSH, "fsync", "fsync, fdatasync")                                                    \
    X(FAULT_CLOSE, "close", "close; it still closes the file")                                     \
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

/* Used instead of an errno value. */
enum {
    FAULT_SHORT = -1, /* half of the bytes are read or written, without an error */
    FAULT_KILL = -2,  /* SIGKILL instead of the call */
};

/* Whether this build can inject faults; that needs an ELF linker. */
bool faults_available(void);

/* Calls `first` to `last` of a kind fail with `number`, an errno value or FAULT_*. */
void faults_add(enum fault_kind kind, size_t first, size_t last, int number);

/* Removes all faults and resets the counts. */
void faults_clear(void);

/* The number of calls, and of injected failures. */
size_t faults_calls(enum fault_kind kind);
size_t faults_failed(enum fault_kind kind);

/* From now on the machine has this much physical memory, in whole pages; 0: what it has. */
void faults_set_memory(size_t size);

/* From now on the monotonic clock shows `seconds` more with each call, from 0 on, whatever the time
 * is; 0: it shows the time. */
void faults_set_clock(double seconds);

/* Allocated memory (FAULT_ALLOCATE): blocks, bytes, and peak bytes since faults_clear(). */
size_t faults_blocks(void);
size_t faults_bytes(void);
size_t faults_most_bytes(void);

#endif
