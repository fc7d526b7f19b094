#include "fuzz/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

const char *input_file(const uint8_t *data, size_t size) {
    static int file = -1;
    static char path[64];
    if (file < 0) {
        file = memfd_create("input", MFD_CLOEXEC);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    /* Truncated first, so that no page keeps bytes of the last input. */
    input_check(file >= 0 && ftruncate(file, 0) == 0, "a file in memory");
    input_check(pwrite(file, data, size, 0) == (ssize_t)size, "a write to it");
    return path;
}

void input_check(int truth, const char *what) {
    if (!truth) {
        (void)fprintf(stderr, "fuzz: property violated: %s\n", what);
        abort();
    }
}
