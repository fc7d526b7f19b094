#include "support/checksum.h"

#include "base/xxh64.h"
#include "checkpoint/checksum.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void checksum_update(unsigned char *bytes, size_t size) {
    ck_assert_uint_ge(size, CHARNN_CHECKSUM_PLACE + CHARNN_CHECKSUM_DIGITS);
    unsigned char *digits = bytes + CHARNN_CHECKSUM_PLACE;
    memset(digits, '0', CHARNN_CHECKSUM_DIGITS);
    char text[CHARNN_CHECKSUM_DIGITS + 1];
    (void)snprintf(text, sizeof text, "%016llx", (unsigned long long)xxh64_bytes(bytes, size, 0));
    memcpy(digits, text, CHARNN_CHECKSUM_DIGITS);
}

void checksum_update_file(const char *path) {
    FILE *stream = fopen(path, "r+b");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(fseek(stream, 0, SEEK_END), 0);
    long size = ftell(stream);
    ck_assert_int_gt(size, 0);
    unsigned char *bytes = malloc((size_t)size);
    ck_assert_ptr_nonnull(bytes);
    rewind(stream);
    ck_assert_uint_eq(fread(bytes, 1, (size_t)size, stream), (size_t)size);
    checksum_update(bytes, (size_t)size);
    rewind(stream);
    ck_assert_uint_eq(fwrite(bytes, 1, (size_t)size, stream), (size_t)size);
    ck_assert_int_eq(fclose(stream), 0);
    free(bytes);
}
