/*
 * The seal of a safetensors file: a checksum of all its bytes, kept in its own header, so that a
 * change of any bit is noticed.
 *
 * A sealed file begins, after the length of the header, with CHARNN_CHECKSUM_LEAD and the digits of
 * the checksum: XXH64 (base/xxh64.h, seed 0) of the whole file as it is with "0" for each of these
 * digits. Another string of the metadata says that there is one, so that damage to the name of
 * either does not pass for a file that never had a seal.
 */
#ifndef CHARNN_CHECKPOINT_CHECKSUM_H
#define CHARNN_CHECKPOINT_CHECKSUM_H

#include "base/error.h"
#include "checkpoint/safetensors.h"

#include <stddef.h>
#include <stdint.h>

/* Two strings of the metadata: the digits, and what kind of checksum they are. */
#define CHARNN_CHECKSUM_KEY "charnn.xxh64"
#define CHARNN_CHECKSUM_KIND_KEY "charnn.checksum"
#define CHARNN_CHECKSUM_KIND "xxh64"

#define CHARNN_CHECKSUM_LEAD "{\"" CHARNN_SAFETENSORS_METADATA "\":{\"" CHARNN_CHECKSUM_KEY "\":\""
#define CHARNN_CHECKSUM_BLANK "0000000000000000"

enum {
    CHARNN_CHECKSUM_DIGITS = sizeof CHARNN_CHECKSUM_BLANK - 1,
    CHARNN_CHECKSUM_PLACE =
        CHARNN_SAFETENSORS_LENGTH + sizeof CHARNN_CHECKSUM_LEAD - 1 /* in the file */
};

/* A checksum as it stands in the file. */
struct checksum_digits {
    char text[CHARNN_CHECKSUM_DIGITS + 1];
};

struct checksum_digits checksum_digits(uint64_t checksum);

/*
 * Whether the bytes of an open file are those that its seal is of; fine where it has none. Errors,
 * with the file's name: CHARNN_ERROR_FORMAT.
 */
CHARNN_MUST_CHECK enum status checksum_check(const struct safetensors *file,
                                             const unsigned char *bytes, size_t size,
                                             const char *name, struct error *error);

#endif
