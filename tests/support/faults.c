#include "support/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__

enum { MAXIMUM = 64, BUCKETS = 1 << 16 };

struct fault {
    enum fault_kind kind;
    size_t first, last;
    int number;
};

/* An allocated block. */
struct block {
    const void *place;
    size_t size;
    struct block *next;
};

/*
 * Global, because the wrapped functions have no context argument. The counts are atomic, because a
 * signal handler may write at any moment. The list of blocks has a lock: no handler may allocate.
 */
static struct fault faults[MAXIMUM];
static size_t fault_count;
static atomic_size_t calls[FAULT_KINDS];
static atomic_size_t failed[FAULT_KINDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *blocks[BUCKETS];
static size_t block_count;
static size_t machine_memory;
static double seconds_per_call;
static double clock_shows;
static size_t bytes;
static size_t most_bytes;

/* Counts a call. Returns 0, or the number of its fault. */
static int next_call(enum fault_kind kind) {
    int number = 0;
    size_t call = atomic_fetch_add(&calls[kind], 1) + 1;
    for (size_t i = 0; i < fault_count && number == 0; i++) {
        const struct fault *fault = &faults[i];
        if (fault->kind == kind && fault->first <= call && call <= fault->last) {
            number = fault->number;
        }
    }
    if (number != 0) {
        atomic_fetch_add(&failed[kind], 1);
    }
    if (number == FAULT_KILL) {
        (void)raise(SIGKILL);
    }
    return number;
}

/* Counts a call. Whether it fails; then errno is set. */
static bool fails(enum fault_kind kind) {
    int number = next_call(kind);
    if (number > 0) {
        errno = number;
    }
    return number > 0;
}

/* ---- blocks -----------------------------------------------------------------------------------
 */

static struct block **bucket_of(const void *place) {
    return &blocks[((uintptr_t)place >> 4) % BUCKETS];
}

static void note_block(const void *place, size_t size) {
    struct block *block = malloc(sizeof *block);
    if (place == NULL || block == NULL) {
        free(block);
        return;
    }
    (void)pthread_mutex_lock(&lock);
    *block = (struct block){place, size, *bucket_of(place)};
    *bucket_of(place) = block;
    block_count++;
    bytes += size;
    most_bytes = bytes > most_bytes ? bytes : most_bytes;
    (void)pthread_mutex_unlock(&lock);
}

/* Removes a block from the list and gives it to the caller; NULL if it is not in the list. */
static struct block *forget_block(const void *place) {
    (void)pthread_mutex_lock(&lock);
    struct block **link = bucket_of(place);
    while (*link != NULL && (*link)->place != place) {
        link = &(*link)->next;
    }
    struct block *block = *link;
    if (block != NULL) {
        *link = block->next;
        block_count--;
        bytes -= block->size;
    }
    (void)pthread_mutex_unlock(&lock);
    return block;
}

/* ---- wrapped functions: with --wrap=NAME, calls of NAME go to __wrap_NAME, and __real_NAME is the
 * original
 */

#define WRAPPED(type, name, ...)                                                                   \
    type own_##name(__VA_ARGS__) __asm__("__real_" #name);                                         \
    type faults_##name(__VA_ARGS__) __asm__("__wrap_" #name);                                      \
    type faults_##name(__VA_ARGS__)

/* The number of bytes to pass on. */
static size_t shortened(int number, size_t size) {
    return number == FAULT_SHORT && size > 1 ? size / 2 : size;
}

WRAPPED(void *, calloc, size_t count, size_t size) {
    void *place = fails(FAULT_ALLOCATE) ? NULL : own_calloc(count, size);
    note_block(place, count * size);
    return place;
}

void own_free(void *place) __asm__("__real_free");
void faults_free(void *place) __asm__("__wrap_free");
void faults_free(void *place) {
    if (place != NULL) {
        own_free(forget_block(place));
    }
    own_free(place);
}

static mode_t mode_argument(int flags, va_list arguments) {
    return (flags & O_CREAT) != 0 ? (mode_t)va_arg(arguments, unsigned) : 0;
}

/* What a program reads about its machine there differs between machines, and may be missing. */
static bool is_of_system(const char *path) {
    return strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/sys/", 5) == 0;
}

WRAPPED(int, open, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return !is_of_system(path) && fails(FAULT_OPEN) ? -1 : own_open(path, flags, mode);
}

WRAPPED(int, openat, int folder, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return fails(FAULT_OPEN) ? -1 : own_openat(folder, path, flags, mode);
}

WRAPPED(FILE *, fopen, const char *path, const char *mode) {
    return !is_of_system(path) && fails(FAULT_OPEN) ? NULL : own_fopen(path, mode);
}

WRAPPED(ssize_t, read, int fd, void *data, size_t size) {
    int number = next_call(FAULT_READ);
    if (number > 0) {
        errno = number;
        return -1;
    }
    return own_read(fd, data, shortened(number, size));
}

WRAPPED(ssize_t, write, int fd, const void *data, size_t size) {
    int number = next_call(FAULT_WRITE);
    if (number > 0) {
        errno = number;
        return -1;
    }
    return own_write(fd, data, shortened(number, size));
}

WRAPPED(ssize_t, pwrite, int fd, const void *data, size_t size, off_t offset) {
    int number = next_call(FAULT_WRITE);
    if (number > 0) {
        errno = number;
        return -1;
    }
    return own_pwrite(fd, data, shortened(number, size), offset);
}

WRAPPED(int, fsync, int fd) {
    return fails(FAULT_FLUSH) ? -1 : own_fsync(fd);
}

WRAPPED(int, fdatasync, int fd) {
    return fails(FAULT_FLUSH) ? -1 : own_fdatasync(fd);
}

WRAPPED(int, close, int fd) {
    int number = next_call(FAULT_CLOSE);
    int result = own_close(fd);
    if (number > 0) {
        errno = number;
        return -1;
    }
    return result;
}

WRAPPED(int, rename, const char *from, const char *to) {
    return fails(FAULT_RENAME) ? -1 : own_rename(from, to);
}

WRAPPED(int, renameat, int from_folder, const char *from, int to_folder, const char *to) {
    return fails(FAULT_RENAME) ? -1 : own_renameat(from_folder, from, to_folder, to);
}

WRAPPED(int, link, const char *from, const char *to) {
    return fails(FAULT_LINK) ? -1 : own_link(from, to);
}

WRAPPED(int, unlink, const char *path) {
    return fails(FAULT_REMOVE) ? -1 : own_unlink(path);
}

WRAPPED(int, unlinkat, int folder, const char *path, int flags) {
    return fails(FAULT_REMOVE) ? -1 : own_unlinkat(folder, path, flags);
}

WRAPPED(int, ftruncate, int fd, off_t size) {
    return fails(FAULT_TRUNCATE) ? -1 : own_ftruncate(fd, size);
}

WRAPPED(int, mkdir, const char *path, mode_t mode) {
    return fails(FAULT_FOLDER) ? -1 : own_mkdir(path, mode);
}

WRAPPED(void *, mmap, void *place, size_t size, int protection, int flags, int fd, off_t offset) {
    return fails(FAULT_MAP) ? MAP_FAILED : own_mmap(place, size, protection, flags, fd, offset);
}

WRAPPED(int, flock, int fd, int operation) {
    return fails(FAULT_LOCK) ? -1 : own_flock(fd, operation);
}

WRAPPED(int, pthread_create, pthread_t *thread, const pthread_attr_t *attributes,
        void *(*start)(void *), void *argument) {
    int number = next_call(FAULT_THREAD);
    return number > 0 ? number : own_pthread_create(thread, attributes, start, argument);
}

WRAPPED(long, sysconf, int name) {
    return name == _SC_PHYS_PAGES && machine_memory > 0
               ? (long)machine_memory / own_sysconf(_SC_PAGESIZE)
               : own_sysconf(name);
}

WRAPPED(int, clock_gettime, clockid_t clock, struct timespec *now) {
    if (clock != CLOCK_MONOTONIC || seconds_per_call <= 0) {
        return own_clock_gettime(clock, now);
    }
    clock_shows += seconds_per_call;
    *now = (struct timespec){.tv_sec = (time_t)clock_shows,
                             .tv_nsec = (long)(fmod(clock_shows, 1) * 1e9)};
    return 0;
}

/* ---- control by tests --------------------------------------------------------------------------
 */

bool faults_available(void) {
    return true;
}

void faults_add(enum fault_kind kind, size_t first, size_t last, int number) {
    if (fault_count == MAXIMUM) {
        (void)fputs("faults: too many faults\n", stderr);
        abort();
    }
    faults[fault_count++] = (struct fault){kind, first, last, number};
}

void faults_clear(void) {
    fault_count = 0;
    most_bytes = bytes;
    for (size_t kind = 0; kind < FAULT_KINDS; kind++) {
        atomic_store(&calls[kind], 0);
        atomic_store(&failed[kind], 0);
    }
}

size_t faults_calls(enum fault_kind kind) {
    return atomic_load(&calls[kind]);
}

size_t faults_failed(enum fault_kind kind) {
    return atomic_load(&failed[kind]);
}

void faults_set_memory(size_t size) {
    machine_memory = size;
}

void faults_set_clock(double seconds) {
    seconds_per_call = seconds;
    clock_shows = 0;
}

size_t faults_blocks(void) {
    return block_count;
}

size_t faults_bytes(void) {
    return bytes;
}

size_t faults_most_bytes(void) {
    return most_bytes;
}

#else

bool faults_available(void) {
    return false;
}

void faults_add(enum fault_kind kind, size_t first, size_t last, int number) {
    (void)kind;
    (void)first;
    (void)last;
    (void)number;
}

void faults_clear(void) {
}

size_t faults_calls(enum fault_kind kind) {
    (void)kind;
    return 0;
}

size_t faults_failed(enum fault_kind kind) {
    (void)kind;
    return 0;
}

void faults_set_memory(size_t size) {
    (void)size;
}

void faults_set_clock(double seconds) {
    (void)seconds;
}

size_t faults_blocks(void) {
    return 0;
}

size_t faults_bytes(void) {
    return 0;
}

size_t faults_most_bytes(void) {
    return 0;
}

#endif
