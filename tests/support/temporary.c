#include "support/temporary.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void temporary_file(char path[TEMPORARY_PATH], const void *bytes, size_t size) {
    const char *folder = getenv("TMPDIR");
    int length = snprintf(path, TEMPORARY_PATH, "%s/charnn-test-XXXXXX",
                          folder != NULL && *folder != '\0' ? folder : "/tmp");
    ck_assert_int_lt(length, TEMPORARY_PATH);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    ck_assert_int_eq(close(fd), 0);
}
