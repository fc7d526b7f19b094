/* The instruction sets to test: every one that is built in and that this processor has. */
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
 * Adds the test once for each set; in it kernels_table[_i] is the set. The thread sanitizer looks
 * at threads, which are the same for all sets, and makes each of them very slow: there the best
 * does.
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
