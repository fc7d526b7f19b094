/* Short lists of option values. */
#ifndef CHARNN_BASE_LIST_H
#define CHARNN_BASE_LIST_H

#include <stddef.h>

enum { CHARNN_LIST_LENGTH = 16 };

struct number_list {
    size_t count;
    double values[CHARNN_LIST_LENGTH];
};

struct text_list {
    size_t count;
    const char *texts[CHARNN_LIST_LENGTH]; /* borrowed */
};

#endif
