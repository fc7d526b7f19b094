/* Updates the checksum (checkpoint/checksum.h) of files that tests change. An error fails the test.
 */
#ifndef CHARNN_TESTS_SUPPORT_CHECKSUM_H
#define CHARNN_TESTS_SUPPORT_CHECKSUM_H

#include <stddef.h>

/* Replaces the checksum in a file, bytes[size], by the right one. */
void checksum_update(unsigned char *bytes, size_t size);

/* The same for the file at `path`. */
void checksum_update_file(const char *path);

#endif
