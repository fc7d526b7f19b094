#include "base/arena.h"
#include "suites.h"

#include <stdint.h>
#include <string.h>

/* Amounts that a layout takes, and their addresses. */
struct takes {
    unsigned char *bytes;
    double *doubles;
    float *floats;
    unsigned char *nothing;
    float *last;
};

static struct takes take_all(struct arena *arena) {
    struct takes takes;
    takes.bytes = arena_take(arena, 3, 1);
    takes.doubles = arena_take(arena, 9, sizeof *takes.doubles);
    takes.floats = arena_take_floats(arena, 2, 3, 5);
    takes.nothing = arena_take(arena, 0, 8);
    takes.last = arena_take_floats(arena, 1, 1, 16);
    return takes;
}

START_TEST(counting_gives_no_addresses) {
    struct arena arena = {0};
    struct takes takes = take_all(&arena);
    ck_assert(takes.bytes == NULL && takes.doubles == NULL && takes.floats == NULL &&
              takes.nothing == NULL && takes.last == NULL);
    ck_assert_uint_eq(arena.used, 64 + 128 + 128 + 0 + 64);
}
END_TEST

START_TEST(placing_takes_the_counted_bytes) {
    struct error error = {0};
    struct arena counted = {0};
    (void)take_all(&counted);
    void *block;
    ck_assert_int_eq(memory_allocate(counted.used, 1, "a block", &block, &error), CHARNN_OK);
    struct arena arena = {.block = block};
    struct takes takes = take_all(&arena);
    ck_assert_uint_eq(arena.used, counted.used);
    ck_assert_ptr_eq(takes.bytes, arena.block);
    ck_assert_ptr_eq(takes.doubles, arena.block + 64);
    ck_assert_ptr_eq(takes.floats, arena.block + 64 + 128);
    ck_assert_ptr_eq(takes.nothing, arena.block + 64 + 128 + 128);
    ck_assert_ptr_eq(takes.last, arena.block + 64 + 128 + 128);
    ck_assert_uint_eq((uintptr_t)takes.last % CHARNN_ALIGNMENT, 0);
    memset(takes.last, 1, 16 * sizeof *takes.last); /* a sanitizer checks the bounds */
    memory_free(block);
}
END_TEST

START_TEST(every_size_is_rounded_up) {
    for (size_t size = 0; size <= 1000; size++) {
        struct arena arena = {0};
        (void)arena_take(&arena, size, 1);
        ck_assert_uint_eq(arena.used, (size + 63) / 64 * 64);
        (void)arena_take(&arena, 1, size);
        ck_assert_uint_eq(arena.used, 2 * ((size + 63) / 64 * 64));
    }
}
END_TEST

static void check_beyond(size_t used, size_t count, size_t size) {
    struct arena arena = {.used = used};
    ck_assert_ptr_null(arena_take(&arena, count, size));
    ck_assert_uint_eq(arena.used, SIZE_MAX);
}

START_TEST(an_overflow_is_the_largest_size) {
    check_beyond(0, SIZE_MAX, 2);
    check_beyond(0, SIZE_MAX / 4 + 1, 4);
    check_beyond(0, SIZE_MAX, 1);
    check_beyond(0, SIZE_MAX - CHARNN_ALIGNMENT + 1, 1);
    check_beyond(64, SIZE_MAX - 64, 1);
    check_beyond(SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1, 1);
    struct arena arena = {0};
    ck_assert_ptr_null(arena_take(&arena, SIZE_MAX - CHARNN_ALIGNMENT, 1));
    ck_assert_uint_eq(arena.used, SIZE_MAX - CHARNN_ALIGNMENT + 1);
}
END_TEST

START_TEST(an_overflow_of_floats_is_the_largest_size) {
    static const size_t sizes[][3] = {{SIZE_MAX, 2, 1},
                                      {2, SIZE_MAX, 1},
                                      {SIZE_MAX / 2, 1, 3},
                                      {1, SIZE_MAX / 2, 1},
                                      {(size_t)1 << 32, (size_t)1 << 31, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct arena arena = {0};
        ck_assert_ptr_null(arena_take_floats(&arena, sizes[i][0], sizes[i][1], sizes[i][2]));
        ck_assert_uint_eq(arena.used, SIZE_MAX);
    }
}
END_TEST

/* After an overflow an arena gives no more addresses. */
START_TEST(an_overflow_is_permanent) {
    unsigned char block[CHARNN_ALIGNMENT];
    struct arena arena = {.block = block, .used = SIZE_MAX};
    ck_assert_ptr_null(arena_take(&arena, 1, 1));
    ck_assert_ptr_null(arena_take(&arena, 64, 1));
    ck_assert_ptr_null(arena_take_floats(&arena, 1, 1, 1));
    ck_assert_uint_eq(arena.used, SIZE_MAX);
    ck_assert_ptr_null(arena_take(&arena, 0, 1));
    ck_assert_uint_eq(arena.used, SIZE_MAX);
}
END_TEST

/* memory_allocate() refuses an overflowed amount too. */
START_TEST(an_overflow_cannot_be_allocated) {
    struct error error = {0};
    void *block;
    ck_assert_int_eq(memory_allocate(SIZE_MAX, 1, "a block", &block, &error), CHARNN_ERROR_MEMORY);
    ck_assert_ptr_null(block);
}
END_TEST

Suite *arena_suite(void) {
    Suite *suite = suite_create("arena");
    TCase *test = tcase_create("arena");
    tcase_add_test(test, counting_gives_no_addresses);
    tcase_add_test(test, placing_takes_the_counted_bytes);
    tcase_add_test(test, every_size_is_rounded_up);
    tcase_add_test(test, an_overflow_is_the_largest_size);
    tcase_add_test(test, an_overflow_of_floats_is_the_largest_size);
    tcase_add_test(test, an_overflow_is_permanent);
    tcase_add_test(test, an_overflow_cannot_be_allocated);
    suite_add_tcase(suite, test);
    return suite;
}
