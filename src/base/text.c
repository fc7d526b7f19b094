#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

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

void text_add_escaped(struct text *text, const char *string, const char *others) {
    static const char named[] = "\n\t\r";
    static const char letters[] = "ntr";
    for (const char *c = string; *c != '\0'; c++) {
        const char *at = strchr(named, *c);
        if (at != NULL) {
            text_add(text, "\\%c", letters[at - named]);
        } else if ((unsigned char)*c < 0x20 || *c == 0x7F) {
            text_add(text, "\\x%02x", (unsigned)*c);
        } else {
            text_add(text, strchr(others, *c) != NULL ? "\\%c" : "%c", *c);
        }
    }
}
