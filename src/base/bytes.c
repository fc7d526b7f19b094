#include "base/bytes.h"

#include <stdint.h>
#include <stdio.h>

const char *format_bytes(size_t bytes, char text[CHARNN_BYTES_TEXT]) {
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)bytes / 1000;
    size_t unit = 0;
    if (bytes < 1000) {
        (void)snprintf(text, CHARNN_BYTES_TEXT, "%zu bytes", bytes);
        return text;
    }
    for (; value >= 999.5 && unit + 1 < sizeof units / sizeof units[0]; unit++) {
        value /= 1000;
    }
    (void)snprintf(text, CHARNN_BYTES_TEXT, value < 9.95 ? "%s%.1f %s" : "%s%.0f %s",
                   bytes == SIZE_MAX ? "more than " : "", value, units[unit]);
    return text;
}
