/*
 * `build/tests/unit` runs all suites. CK_RUN_SUITE and CK_RUN_CASE of Check select some. --list
 * prints the names of the suites.
 */
#include "base/json.h"
#include "base/machine/denormals.h"
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        Suite *(*create)(void);
    } suites[] = {
#define CHARNN_SUITE_ROW(module) {#module, module##_suite},
        CHARNN_SUITES(CHARNN_SUITE_ROW)
#undef CHARNN_SUITE_ROW
    };
    enum { COUNT = sizeof suites / sizeof suites[0] };
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < COUNT; i++) {
            (void)puts(suites[i].name);
        }
        return EXIT_SUCCESS;
    }
    /* Against tests that hang; the limit of Check, 4 s, would fail correct ones on a busy machine.
     */
    (void)setenv("CK_DEFAULT_TIMEOUT", "900", 0);
    denormals_flush(); /* as main() does */
    json_install_allocator();
    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; i < COUNT; i++) {
        srunner_add_suite(runner, suites[i].create());
    }
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
