/* A need of memory, compared with a machine of a size that the test sets. */
#include "base/machine/memory_limit.h"
#include "suites.h"
#include "support/faults.h"

#include <stdint.h>

enum { MACHINE = 1 << 30 }; /* 1.1 GB */

static const struct {
    size_t need;
    const char *refusal, *warning;
} cases[] = {
    {0, "", ""},
    {966367641, "", ""},
    {966367642, "",
     "the work needs about 966 MB of memory, and this machine has 1.1 GB; if other programs need "
     "the rest, the system ends it"},
    {MACHINE, "",
     "the work needs about 1.1 GB of memory, and this machine has 1.1 GB; if other programs need "
     "the rest, the system ends it"},
    {(size_t)21 << 30, "the work needs about 23 GB of memory, but this machine has 1.1 GB; do less",
     ""},
    {SIZE_MAX, "the work needs more than 18 EB of memory, but this machine has 1.1 GB; do less",
     ""},
};

START_TEST(a_need_is_compared) {
    struct error error = {0};
    char warning[CHARNN_MEMORY_WARNING];
    faults_set_memory(MACHINE);
    enum status status = memory_check(cases[_i].need, "the work", "do less", warning, &error);
    faults_set_memory(0);
    ck_assert_int_eq(status, cases[_i].refusal[0] != '\0' ? CHARNN_ERROR_MEMORY : CHARNN_OK);
    ck_assert_str_eq(error.message, cases[_i].refusal);
    ck_assert_str_eq(warning, cases[_i].warning);
}
END_TEST

Suite *memory_limit_suite(void) {
    Suite *suite = suite_create("memory_limit");
    TCase *needs = tcase_create("needs");
    if (faults_available()) {
        tcase_add_loop_test(needs, a_need_is_compared, 0, (int)(sizeof cases / sizeof cases[0]));
    }
    suite_add_tcase(suite, needs);
    return suite;
}
