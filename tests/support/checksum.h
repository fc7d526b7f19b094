/* Seals (checkpoint/checksum.h) of files that tests change. Trouble fails the running test. */
#ifndef CHARNN_TESTS_SUPPORT_CHECKSUM_H
#define CHARNN_TESTS_SUPPORT_CHECKSUM_H

#include <stddef.h>

/* Gives a sealed file, its bytes in memory, the checksum of what it holds now. */
void checksum_update(unsigned char *bytes, size_t size);

/* Likewise the file at `path`. */
void checksum_update_file(const char *path);

#endif
