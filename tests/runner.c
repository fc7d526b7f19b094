/*
 * Runs every suite: `build/tests/unit`. CK_RUN_SUITE and CK_RUN_CASE select, as always in Check.
 * With --list it only prints the names of the suites.
 */
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    static const char *const names[] = {
#define CHARNN_SUITE_NAME(module) #module,
        CHARNN_SUITES(CHARNN_SUITE_NAME)
#undef CHARNN_SUITE_NAME
    };
    static Suite *(*const suites[])(void) = {
#define CHARNN_SUITE_ENTRY(module) module##_suite,
        CHARNN_SUITES(CHARNN_SUITE_ENTRY)
#undef CHARNN_SUITE_ENTRY
    };
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            (void)puts(names[i]);
        }
        return EXIT_SUCCESS;
    }
    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        srunner_add_suite(runner, suites[i]());
    }
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
