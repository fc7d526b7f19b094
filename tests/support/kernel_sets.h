/* The kernel sets to test: all that are built in and that this processor supports. */
#ifndef CHARNN_TESTS_SUPPORT_KERNEL_SETS_H
#define CHARNN_TESTS_SUPPORT_KERNEL_SETS_H

#include "kernels/dispatch.h"
#include "kernels/sets.h"

#include <check.h>

#if defined(__SANITIZE_THREAD__)
#define TEST_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TEST_THREAD_SANITIZER
#endif
#endif

/*
 * Adds the test once per set; the test uses kernels_table[_i]. With the thread sanitizer only the
 * best set is tested: it is slow, and all sets use threads in the same way.
 */
static inline void kernel_sets_add_test(TCase *test_case, const TTest *test) {
    for (int i = 0; i < (int)kernels_count; i++) {
        if (kernels_table[i]->supported()) {
            tcase_add_loop_test(test_case, test, i, i + 1);
#ifdef TEST_THREAD_SANITIZER
            break;
#endif
        }
    }
}

#endif
