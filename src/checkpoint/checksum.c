#include "checkpoint/checksum.h"

#include "base/json.h"
#include "base/xxh64.h"

#include <stdio.h>
#include <string.h>

struct checksum_digits checksum_digits(uint64_t checksum) {
    struct checksum_digits digits;
    (void)snprintf(digits.text, sizeof digits.text, "%016llx", (unsigned long long)checksum);
    return digits;
}

static struct checksum_digits compute(const unsigned char *bytes, size_t size) {
    const size_t rest = CHARNN_CHECKSUM_PLACE + CHARNN_CHECKSUM_DIGITS;
    struct xxh64 hash = xxh64_start(0);
    xxh64_add(&hash, bytes, CHARNN_CHECKSUM_PLACE);
    xxh64_add(&hash, CHARNN_CHECKSUM_BLANK, CHARNN_CHECKSUM_DIGITS);
    xxh64_add(&hash, bytes + rest, size - rest);
    return checksum_digits(xxh64_end(&hash));
}

enum status checksum_check(const struct safetensors *file, const unsigned char *bytes, size_t size,
                           struct error *error) {
    static const char lead[] = CHARNN_CHECKSUM_LEAD;
    const char *recorded = safetensors_metadata(file, CHARNN_CHECKSUM_KEY);
    const char *kind = safetensors_metadata(file, CHARNN_CHECKSUM_KIND_KEY);
    if (recorded == NULL && kind == NULL) {
        return CHARNN_OK;
    }
    if (kind == NULL || strcmp(kind, CHARNN_CHECKSUM_KIND) != 0) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s is damaged or was written by a newer charnn: its checksum is of kind "
                         "\"%s\"; this charnn supports \"" CHARNN_CHECKSUM_KIND "\"",
                         safetensors_name(file), kind != NULL ? json_label(kind).text : "");
    }
    if (recorded == NULL || strlen(recorded) != CHARNN_CHECKSUM_DIGITS ||
        memcmp(bytes + CHARNN_SAFETENSORS_LENGTH, lead, sizeof lead - 1) != 0) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s is damaged or was saved again by another program: its checksum is not "
                         "where charnn writes it; a program that changes the file must remove "
                         "\"%s\" and \"%s\" from its metadata",
                         safetensors_name(file), CHARNN_CHECKSUM_KEY, CHARNN_CHECKSUM_KIND_KEY);
    }
    struct checksum_digits found = compute(bytes, size);
    if (strcmp(recorded, found.text) != 0) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s is damaged: its checksum is %s, but %s was recorded; use another copy",
                         safetensors_name(file), found.text, json_label(recorded).text);
    }
    return CHARNN_OK;
}
