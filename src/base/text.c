#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>

struct text text_start(char *bytes, size_t size) {
    if (size > 0) {
        bytes[0] = '\0';
    }
    return (struct text){.bytes = bytes, .size = size};
}

void text_add(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    bool fits = text->used < text->size;
    int length = vsnprintf(fits ? text->bytes + text->used : NULL,
                           fits ? text->size - text->used : 0, format, arguments);
    va_end(arguments);
    text->used += length > 0 ? (size_t)length : 0;
}
