/*
 * The checksum of a safetensors file, which the file itself contains: a change of any bit is
 * detected.
 *
 * After the length of the header such a file begins with CHARNN_CHECKSUM_LEAD and the checksum in
 * hexadecimal: XXH64 (base/xxh64.h, seed 0) of the whole file with "0" for each of these digits.
 * A second metadata string names the kind of checksum, so that a file in which either key is
 * damaged does not pass for one without a checksum.
 */
#ifndef CHARNN_CHECKPOINT_CHECKSUM_H
#define CHARNN_CHECKPOINT_CHECKSUM_H

#include "base/error.h"
#include "checkpoint/safetensors.h"

#include <stddef.h>
#include <stdint.h>

/* The metadata keys of the digits and of their kind, and the one kind there is. */
#define CHARNN_CHECKSUM_KEY "charnn.xxh64"
#define CHARNN_CHECKSUM_KIND_KEY "charnn.checksum"
#define CHARNN_CHECKSUM_KIND "xxh64"

#define CHARNN_CHECKSUM_LEAD "{\"" CHARNN_SAFETENSORS_METADATA "\":{\"" CHARNN_CHECKSUM_KEY "\":\""
#define CHARNN_CHECKSUM_BLANK "0000000000000000"

enum {
    CHARNN_CHECKSUM_DIGITS = sizeof CHARNN_CHECKSUM_BLANK - 1,
    CHARNN_CHECKSUM_PLACE = /* offset of the digits in the file */
    CHARNN_SAFETENSORS_LENGTH + sizeof CHARNN_CHECKSUM_LEAD - 1
};

/* A checksum as the file has it. */
struct checksum_digits {
    char text[CHARNN_CHECKSUM_DIGITS + 1];
};

struct checksum_digits checksum_digits(uint64_t checksum);

/* Compares a file, bytes[size], with its checksum; a file without one passes. CHARNN_ERROR_FORMAT
 * if they differ or the checksum is incomplete. */
CHARNN_MUST_CHECK enum status checksum_check(const struct safetensors *file,
                                             const unsigned char *bytes, size_t size,
                                             struct error *error);

#endif
