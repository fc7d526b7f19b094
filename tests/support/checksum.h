/* Valid checksums for checkpoints that tests change. Errors fail the running test. */
#ifndef CHARNN_TESTS_SUPPORT_CHECKSUM_H
#define CHARNN_TESTS_SUPPORT_CHECKSUM_H

#include <stddef.h>

/* Updates the checksum of a checkpoint in memory. */
void checksum_update(unsigned char *bytes, size_t size);

/* Updates the checksum of the checkpoint at `path`. */
void checksum_update_file(const char *path);

#endif
