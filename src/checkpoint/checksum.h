/*
 * The checksum of a safetensors file, stored in the file itself: a change of any bit is detected.
 *
 * The header begins with CHARNN_CHECKSUM_LEAD, followed by the checksum in hexadecimal: XXH64
 * (base/xxh64.h, seed 0) of the whole file, in which each of these digits counts as "0". A second
 * metadata string names the kind of checksum. Without it, a file whose first key is damaged would
 * pass for a file without a checksum.
 */
#ifndef CHARNN_CHECKPOINT_CHECKSUM_H
#define CHARNN_CHECKPOINT_CHECKSUM_H

#include "base/error.h"
#include "checkpoint/safetensors.h"

#include <stddef.h>
#include <stdint.h>

/* The metadata keys of the digits and of the kind, and the only kind. */
#define CHARNN_CHECKSUM_KEY "charnn.xxh64"
#define CHARNN_CHECKSUM_KIND_KEY "charnn.checksum"
#define CHARNN_CHECKSUM_KIND "xxh64"

#define CHARNN_CHECKSUM_LEAD "{\"" CHARNN_SAFETENSORS_METADATA "\":{\"" CHARNN_CHECKSUM_KEY "\":\""
#define CHARNN_CHECKSUM_BLANK "0000000000000000"

enum {
    CHARNN_CHECKSUM_DIGITS = sizeof CHARNN_CHECKSUM_BLANK - 1,
    /* The offset of the digits in the file. */
    CHARNN_CHECKSUM_PLACE = CHARNN_SAFETENSORS_LENGTH + sizeof CHARNN_CHECKSUM_LEAD - 1
};

/* A checksum in hexadecimal. */
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
