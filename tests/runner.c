/* Runs every suite: `build/tests/unit`. CK_RUN_SUITE and CK_RUN_CASE select, as always in Check. */
#include "suites.h"

#include <stdlib.h>

int main(void) {
    static Suite *(*const suites[])(void) = {
#define CHARNN_SUITE_ENTRY(module) module##_suite,
        CHARNN_SUITES(CHARNN_SUITE_ENTRY)
#undef CHARNN_SUITE_ENTRY
    };
    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        srunner_add_suite(runner, suites[i]());
    }
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
