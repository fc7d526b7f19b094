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

/* The checksum of a sealed file. */
static uint64_t checksum_of(const unsigned char *bytes, size_t size) {
    const size_t rest = CHARNN_CHECKSUM_PLACE + CHARNN_CHECKSUM_DIGITS;
    struct xxh64 hash = xxh64_start(0);
    xxh64_add(&hash, bytes, CHARNN_CHECKSUM_PLACE);
    xxh64_add(&hash, CHARNN_CHECKSUM_BLANK, CHARNN_CHECKSUM_DIGITS);
    xxh64_add(&hash, bytes + rest, size - rest);
    return xxh64_end(&hash);
}

static enum status check_kind(const char *kind, const char *name, struct error *error) {
    if (kind != NULL && strcmp(kind, CHARNN_CHECKSUM_KIND) == 0) {
        return CHARNN_OK;
    }
    return error_set(
        error, CHARNN_ERROR_FORMAT,
        "%s is damaged, or made by a newer charnn: its checksum is of the kind \"%s\", "
        "and this charnn knows \"" CHARNN_CHECKSUM_KIND "\"",
        name, kind != NULL ? json_label(kind).text : "");
}

enum status checksum_check(const struct safetensors *file, const unsigned char *bytes, size_t size,
                           const char *name, struct error *error) {
    static const char lead[] = CHARNN_CHECKSUM_LEAD;
    const char *recorded = safetensors_metadata(file, CHARNN_CHECKSUM_KEY);
    const char *kind = safetensors_metadata(file, CHARNN_CHECKSUM_KIND_KEY);
    if (recorded == NULL && kind == NULL) {
        return CHARNN_OK;
    }
    if (check_kind(kind, name, error) != CHARNN_OK) {
        return error->status;
    }
    if (recorded == NULL || strlen(recorded) != CHARNN_CHECKSUM_DIGITS ||
        memcmp(bytes + CHARNN_SAFETENSORS_LENGTH, lead, sizeof lead - 1) != 0) {
        return error_set(
            error, CHARNN_ERROR_FORMAT,
            "%s is damaged, or was saved anew by another program: its checksum, \"%s\" "
            "in the metadata, is not where charnn writes it; whoever changed the file "
            "on purpose must leave it out",
            name, CHARNN_CHECKSUM_KEY);
    }
    struct checksum_digits found = checksum_digits(checksum_of(bytes, size));
    if (strcmp(recorded, found.text) != 0) {
        return error_set(
            error, CHARNN_ERROR_FORMAT,
            "%s is damaged: its checksum is %s, and %s when it was written; use another "
            "copy",
            name, found.text, json_label(recorded).text);
    }
    return CHARNN_OK;
}
