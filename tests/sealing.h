/* Seals (checkpoint/seal.h) of files that tests change. Trouble fails the running test. */
#ifndef CHARNN_TESTS_SEALING_H
#define CHARNN_TESTS_SEALING_H

#include <stddef.h>

/* Gives a sealed file, its bytes in memory, the checksum of what it holds now. */
void seal_again(unsigned char *bytes, size_t size);

/* Likewise the file at `path`. */
void seal_file_again(const char *path);

#endif
