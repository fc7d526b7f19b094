#include "support/temporary.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void name(char path[TEMPORARY_PATH]) {
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || *folder == '\0') {
        folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    }
    int length = snprintf(path, TEMPORARY_PATH, "%s/charnn-test-XXXXXX", folder);
    ck_assert_int_lt(length, TEMPORARY_PATH);
}

void temporary_file(char path[TEMPORARY_PATH], const void *bytes, size_t size) {
    name(path);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    ck_assert_int_eq(close(fd), 0);
}

void temporary_folder(char path[TEMPORARY_PATH]) {
    name(path);
    ck_assert_ptr_nonnull(mkdtemp(path));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)status, (void)type, (void)place;
    return remove(path);
}

void temporary_remove(const char *folder) {
    ck_assert_int_eq(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}
