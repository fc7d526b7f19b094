#include "base/memory.h"
#include "suites.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define TEST_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define TEST_ADDRESS_SANITIZER
#endif

#ifdef TEST_ADDRESS_SANITIZER
/* AddressSanitizer would end the process where the C library returns NULL. */
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
        memset(memory, 0xAA, count * 3); /* so that a block used again is seen to be zeroed */
        memory_free(memory);
    }
    memory_free(NULL);
}
END_TEST

#ifdef __linux__

/* Of that many bytes from the beginning of a page on. */
static size_t resident_pages(void *memory, size_t size) {
    enum { PAGE = 4096, PAGES = 16384 };
    static unsigned char there[PAGES];
    ck_assert_uint_le(size, (size_t)PAGES * PAGE);
    ck_assert_int_eq(mincore(memory, size, there), 0);
    size_t count = 0;
    for (size_t i = 0; i < size / PAGE; i++) {
        count += there[i] & 1;
    }
    return count;
}

START_TEST(of_a_large_block_only_what_is_used_is_real) {
    const size_t size = (size_t)64 << 20;
    const size_t large_page = (size_t)2 << 20;
    struct error error = {0};
    void *memory = NULL;
    ck_assert_int_eq(memory_allocate(size, 1, "a test", &memory, &error), CHARNN_OK);
    ck_assert_uint_eq((uintptr_t)memory % large_page, 0);
    ck_assert_uint_eq(resident_pages(memory, size), 0);
    unsigned char *bytes = memory;
    ck_assert_uint_eq(bytes[size - 1], 0);
    bytes[size - 1] = 1;
    size_t pages = resident_pages(memory, size);
    ck_assert_uint_ge(pages, 1);
    ck_assert_uint_le(pages, large_page / 4096);
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
    ck_assert_str_eq(error.message, "the weights needs more memory than can be addressed");
    memory = &something;
    ck_assert_int_eq(memory_allocate(SIZE_MAX, 1, "the weights", &memory, &error),
                     CHARNN_ERROR_MEMORY);
    ck_assert_ptr_null(memory);
}
END_TEST

START_TEST(exhaustion_is_an_error) {
    struct error error = {0};
    int something = 0;
    void *memory = &something;
    size_t size = (size_t)1 << 62; /* beyond any address space */
    ck_assert_int_eq(memory_allocate(size, 1, "the weights", &memory, &error), CHARNN_ERROR_MEMORY);
    ck_assert_ptr_null(memory);
    ck_assert_str_eq(error.message, "out of memory: 4611686018427387904 bytes for the weights");
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
        memory_free(memory);
    }
}
END_TEST

START_TEST(growing_keeps_the_content) {
    struct error error = {0};
    void *memory = NULL;
    size_t capacity = 0;
    size_t used = 0;
    while (used < 10000) {
        size_t before = capacity;
        ck_assert_int_eq(memory_grow(&memory, &capacity, used, used + 1, "a test", &error),
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
    ck_assert_int_eq(memory_grow(&memory, &capacity, 0, 0, "a test", &error), CHARNN_OK);
    ck_assert_ptr_nonnull(memory);
    memory_free(memory);
}
END_TEST

START_TEST(a_failed_growth_keeps_the_block) {
    struct error error = {0};
    void *memory = NULL;
    size_t capacity = 0;
    ck_assert_int_eq(memory_grow(&memory, &capacity, 0, 4, "a test", &error), CHARNN_OK);
    memcpy(memory, "abc", 4);
    void *kept = memory;
    ck_assert_int_eq(memory_grow(&memory, &capacity, 4, SIZE_MAX, "a test", &error),
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
#ifdef __linux__
    tcase_add_test(test, of_a_large_block_only_what_is_used_is_real);
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
