/*
 * Files and folders for tests, in the folder that TMPDIR names; without it in memory (/dev/shm), as
 * each checkpoint is flushed to the disk, or in /tmp. Trouble fails the running test.
 */
#ifndef CHARNN_TESTS_SUPPORT_TEMPORARY_H
#define CHARNN_TESTS_SUPPORT_TEMPORARY_H

#include <stddef.h>

enum { TEMPORARY_PATH = 256 };

/* Makes a file of these bytes and writes its path, which the test removes. */
void temporary_file(char path[TEMPORARY_PATH], const void *bytes, size_t size);

/* Makes an empty folder and writes its path. */
void temporary_folder(char path[TEMPORARY_PATH]);

/* Removes a folder with all that is in it. */
void temporary_remove(const char *folder);

#endif
