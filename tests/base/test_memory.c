#include "base/memory.h"
#include "suites.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define TEST_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define TEST_ADDRESS_SANITIZER
#endif

#ifdef TEST_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>

/* AddressSanitizer ends the process if the C library would return NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "allocator_may_return_null=1";
}
#endif

START_TEST(sizes_are_checked_for_overflow) {
    size_t size = 0;
    ck_assert(size_multiply(6, 7, &size));
    ck_assert_uint_eq(size, 42);
    ck_assert(size_multiply(SIZE_MAX, 1, &size));
    ck_assert_uint_eq(size, SIZE_MAX);
    ck_assert(!size_multiply(SIZE_MAX / 2 + 1, 2, &size));
    ck_assert(size_add(40, 2, &size));
    ck_assert_uint_eq(size, 42);
    ck_assert(!size_add(SIZE_MAX, 1, &size));
}
END_TEST

START_TEST(sizes_round_up) {
    ck_assert_uint_eq(size_round_up(0, 64), 0);
    ck_assert_uint_eq(size_round_up(1, 64), 64);
    ck_assert_uint_eq(size_round_up(64, 64), 64);
    ck_assert_uint_eq(size_round_up(65, 64), 128);
}
END_TEST

START_TEST(blocks_are_aligned_and_zeroed) {
    for (size_t count = 0; count < 200; count++) {
        struct error error = {0};
        void *memory = NULL;
        ck_assert_int_eq(memory_allocate(count, 3, "a test", &memory, &error), CHARNN_OK);
        ck_assert_ptr_nonnull(memory);
        ck_assert_uint_eq((uintptr_t)memory % CHARNN_ALIGNMENT, 0);
        const unsigned char *bytes = memory;
        for (size_t i = 0; i < count * 3; i++) {
            assert_each(bytes[i] == 0, "byte %zu is %d", i, bytes[i]);
        }
        memset(memory, 0xAA, count * 3); /* so that a reused block shows */
        memory_free(memory);
    }
    memory_free(NULL);
}
END_TEST

START_TEST(blocks_around_a_huge_page_are_aligned_and_zeroed) {
    enum { LARGE_PAGE = 2 << 20 };
    static const size_t sizes[] = {LARGE_PAGE - 64, LARGE_PAGE - 63, LARGE_PAGE, LARGE_PAGE + 1,
                                   2 * LARGE_PAGE + 77};
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = sizes[i / 2]; /* each twice, so that a reused block shows */
        struct error error = {0};
        void *memory = NULL;
        ck_assert_int_eq(memory_allocate(size, 1, "a test", &memory, &error), CHARNN_OK);
        size_t alignment = size > LARGE_PAGE - 64 ? LARGE_PAGE : CHARNN_ALIGNMENT;
        ck_assert_uint_eq((uintptr_t)memory % alignment, 0);
        const unsigned char *bytes = memory;
        for (size_t k = 0; k < size; k++) {
            assert_each(bytes[k] == 0, "byte %zu of %zu is %d", k, size, bytes[k]);
        }
        memset(memory, 0xAA, size);
        memory_free(memory);
    }
}
END_TEST

#ifdef TEST_ADDRESS_SANITIZER
/* Both neighbours of a block of whole cache lines are poisoned. */
START_TEST(the_neighbours_of_a_block_are_poisoned) {
    static const size_t sizes[] = {64, 640, 2 << 20, 4 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct error error = {0};
        void *memory = NULL;
        ck_assert_int_eq(memory_allocate(sizes[i], 1, "a test", &memory, &error), CHARNN_OK);
        const char *bytes = memory;
        for (size_t k = 1; k <= 16; k++) {
            ck_assert_int_eq(__asan_address_is_poisoned(bytes - k), 1);
            ck_assert_int_eq(__asan_address_is_poisoned(bytes + sizes[i] + k - 1), 1);
        }
        ck_assert_ptr_null(__asan_region_is_poisoned(memory, sizes[i]));
        memory_free(memory);
    }
}
END_TEST
#endif

#ifdef __linux__

/* Resident bytes among `size` bytes from the start of a page. */
static size_t resident_bytes(void *memory, size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *there = calloc(size / page, 1);
    ck_assert_ptr_nonnull(there);
    ck_assert_int_eq(mincore(memory, size, there), 0);
    size_t bytes = 0;
    for (size_t i = 0; i < size / page; i++) {
        bytes += (there[i] & 1) != 0 ? page : 0;
    }
    free(there);
    return bytes;
}

/* Whether calloc() writes to new pages, as it does under some tools. */
static bool calloc_writes(size_t size) {
    const size_t large_page = (size_t)2 << 20;
    char *block = calloc(1, size + large_page);
    ck_assert_ptr_nonnull(block);
    size_t before = large_page - (uintptr_t)block % large_page;
    bool writes = resident_bytes(block + before, size) > 0;
    free(block);
    return writes;
}

START_TEST(unused_pages_of_a_large_block_are_not_resident) {
    const size_t size = (size_t)256 << 20;
    struct error error = {0};
    void *memory = NULL;
    if (calloc_writes(size)) {
        return;
    }
    ck_assert_int_eq(memory_allocate(size, 1, "a test", &memory, &error), CHARNN_OK);
    ck_assert_uint_eq(resident_bytes(memory, size), 0);
    unsigned char *bytes = memory;
    bytes[size - 1] = 1;
    size_t resident = resident_bytes(memory, size);
    ck_assert_uint_gt(resident, 0);
    ck_assert_uint_lt(resident, size / 2); /* a page, perhaps a huge one */
    memory_free(memory);
}
END_TEST

#endif

START_TEST(a_size_that_overflows_is_refused) {
    struct error error = {0};
    int something = 0;
    void *memory = &something;
    ck_assert_int_eq(memory_allocate(SIZE_MAX / 2, 3, "the weights", &memory, &error),
                     CHARNN_ERROR_MEMORY);
    ck_assert_ptr_null(memory);
    ck_assert_str_eq(error.message, "out of memory: more than 18 EB for the weights");
    static const size_t less[] = {0, 1, 64, (2 << 20) - 1, 2 << 20, (4 << 20) - 1};
    for (size_t i = 0; i < sizeof less / sizeof less[0]; i++) {
        memory = &something;
        ck_assert_int_eq(memory_allocate(SIZE_MAX - less[i], 1, "the weights", &memory, &error),
                         CHARNN_ERROR_MEMORY);
        ck_assert_ptr_null(memory);
    }
}
END_TEST

START_TEST(exhaustion_is_an_error) {
    struct error error = {0};
    int something = 0;
    void *memory = &something;
    size_t size = (size_t)1 << 62; /* beyond any address space */
    ck_assert_int_eq(memory_allocate(size, 1, "the weights", &memory, &error), CHARNN_ERROR_MEMORY);
    ck_assert_ptr_null(memory);
    ck_assert_str_eq(error.message, "out of memory: 4.6 EB for the weights");
}
END_TEST

START_TEST(small_blocks_are_zeroed_too) {
    for (size_t size = 0; size < 300; size++) {
        struct error error = {0};
        void *memory = NULL;
        ck_assert_int_eq(memory_allocate_small(size, "a test", &memory, &error), CHARNN_OK);
        ck_assert_uint_eq((uintptr_t)memory % _Alignof(max_align_t), 0);
        const unsigned char *bytes = memory;
        for (size_t i = 0; i < size; i++) {
            assert_each(bytes[i] == 0, "byte %zu is %d", i, bytes[i]);
        }
        memset(memory, 0xAA, size);
        memory_free_small(memory);
    }
    memory_free_small(NULL);
}
END_TEST

START_TEST(growing_keeps_the_content) {
    struct error error = {0};
    void *memory = NULL;
    size_t capacity = 0;
    size_t used = 0;
    while (used < 10000) {
        size_t before = capacity;
        ck_assert_int_eq(memory_grow(&memory, &capacity, 1, used, used + 1, "a test", &error),
                         CHARNN_OK);
        ck_assert_uint_ge(capacity, used + 1);
        ck_assert(capacity == before || capacity >= 2 * before);
        ((unsigned char *)memory)[used] = (unsigned char)(used % 251);
        used++;
    }
    for (size_t i = 0; i < used; i++) {
        ck_assert_uint_eq(((unsigned char *)memory)[i], i % 251);
    }
    memory_free(memory);
}
END_TEST

START_TEST(growing_zero_bytes_gives_a_block) {
    struct error error = {0};
    void *memory = NULL;
    size_t capacity = 0;
    ck_assert_int_eq(memory_grow(&memory, &capacity, 1, 0, 0, "a test", &error), CHARNN_OK);
    ck_assert_ptr_nonnull(memory);
    memory_free(memory);
}
END_TEST

START_TEST(a_failed_growth_keeps_the_block) {
    struct error error = {0};
    void *memory = NULL;
    size_t capacity = 0;
    ck_assert_int_eq(memory_grow(&memory, &capacity, 1, 0, 4, "a test", &error), CHARNN_OK);
    memcpy(memory, "abc", 4);
    void *kept = memory;
    ck_assert_int_eq(memory_grow(&memory, &capacity, 1, 4, SIZE_MAX, "a test", &error),
                     CHARNN_ERROR_MEMORY);
    ck_assert_ptr_eq(memory, kept);
    ck_assert_uint_eq(capacity, 4);
    ck_assert_str_eq(memory, "abc");
    memory_free(memory);
}
END_TEST

START_TEST(strings_are_copied) {
    struct error error = {0};
    const char *text = "na\xC3\xAFve";
    char *copy = NULL;
    ck_assert_int_eq(memory_copy_string(text, &copy, &error), CHARNN_OK);
    ck_assert_str_eq(copy, text);
    ck_assert_ptr_ne(copy, text);
    memory_free(copy);
}
END_TEST

Suite *memory_suite(void) {
    Suite *suite = suite_create("memory");
    TCase *test = tcase_create("memory");
    tcase_add_test(test, sizes_are_checked_for_overflow);
    tcase_add_test(test, sizes_round_up);
    tcase_add_test(test, blocks_are_aligned_and_zeroed);
    tcase_add_test(test, blocks_around_a_huge_page_are_aligned_and_zeroed);
#ifdef TEST_ADDRESS_SANITIZER
    tcase_add_test(test, the_neighbours_of_a_block_are_poisoned);
#endif
#ifdef __linux__
    tcase_add_test(test, unused_pages_of_a_large_block_are_not_resident);
#endif
    tcase_add_test(test, a_size_that_overflows_is_refused);
    tcase_add_test(test, exhaustion_is_an_error);
    tcase_add_test(test, small_blocks_are_zeroed_too);
    tcase_add_test(test, growing_keeps_the_content);
    tcase_add_test(test, growing_zero_bytes_gives_a_block);
    tcase_add_test(test, a_failed_growth_keeps_the_block);
    tcase_add_test(test, strings_are_copied);
    suite_add_tcase(suite, test);
    return suite;
}
