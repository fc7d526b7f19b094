/*
 * Temporary files and folders, in TMPDIR; without TMPDIR in /dev/shm, because flushing checkpoints
 * to a disk is slow, or in /tmp. Errors fail the running test.
 */
#ifndef CHARNN_TESTS_SUPPORT_TEMPORARY_H
#define CHARNN_TESTS_SUPPORT_TEMPORARY_H

#include <stddef.h>

enum { TEMPORARY_PATH = 256 };

/* Creates a file with these bytes and sets `path`. The test removes the file. */
void temporary_file(char path[TEMPORARY_PATH], const void *bytes, size_t size);

/* Creates an empty folder and sets `path`. */
void temporary_folder(char path[TEMPORARY_PATH]);

/* Removes a folder and its contents. */
void temporary_remove(const char *folder);

#endif
