#include "cli/terminal/format.h"
#include "base/plural.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *format_count(size_t count, char text[CHARNN_FORMAT_SIZE]) {
    char digits[CHARNN_FORMAT_SIZE];
    int length = snprintf(digits, sizeof digits, "%zu", count);
    char *out = text;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            *out++ = ',';
        }
        *out++ = digits[i];
    }
    *out = '\0';
    return text;
}

const char *format_duration(double seconds, char text[CHARNN_FORMAT_SIZE]) {
    const double limit = 1e15; /* fits a size_t; also the result for NAN */
    size_t s = (size_t)(seconds < limit ? (seconds > 0 ? seconds + 0.5 : 0) : limit);
    size_t days = s / 86400;
    size_t hours = s / 3600 % 24;
    size_t minutes = s / 60 % 60;
    if (days > 0) {
        (void)snprintf(text, CHARNN_FORMAT_SIZE, "%zu day%s %zu:%02zu:%02zu", days,
                       plural_ending(days), hours, minutes, s % 60);
    } else if (hours > 0) {
        (void)snprintf(text, CHARNN_FORMAT_SIZE, "%zu:%02zu:%02zu", hours, minutes, s % 60);
    } else if (minutes > 0) {
        (void)snprintf(text, CHARNN_FORMAT_SIZE, "%zu:%02zu", minutes, s % 60);
    } else {
        (void)snprintf(text, CHARNN_FORMAT_SIZE, "%zu s", s);
    }
    return text;
}

const char *format_percent(double share, char text[CHARNN_FORMAT_SIZE]) {
    const double least = 0.0005; /* rounds to 0.1% */
    if (share > 0 && share < least) {
        (void)snprintf(text, CHARNN_FORMAT_SIZE, "<0.1%%");
    } else if (share < 1 && share > 1 - least) {
        (void)snprintf(text, CHARNN_FORMAT_SIZE, ">99.9%%");
    } else {
        (void)snprintf(text, CHARNN_FORMAT_SIZE, "%.1f%%", 100 * share);
    }
    return text;
}

double format_bits(double nats) {
    return nats / M_LN2;
}
