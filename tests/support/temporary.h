/* Files for tests, in the folder of the environment's TMPDIR or in /tmp. Trouble fails the running
 * test. */
#ifndef CHARNN_TESTS_SUPPORT_TEMPORARY_H
#define CHARNN_TESTS_SUPPORT_TEMPORARY_H

#include <stddef.h>

enum { TEMPORARY_PATH = 256 };

/* Makes a file of these bytes, which the test removes, and writes its path. */
void temporary_file(char path[TEMPORARY_PATH], const void *bytes, size_t size);

#endif
