#include "cli/options/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text text_start(char *bytes, size_t size) {
    assert(size > 0);
    bytes[0] = '\0';
    return (struct text){.bytes = bytes, .size = size};
}

void text_add(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->bytes + text->used, text->size - text->used, format, arguments);
    va_end(arguments);
    size_t left = text->size - text->used - 1;
    text->used += length < 0 ? 0 : (size_t)length < left ? (size_t)length : left;
}

void text_add_number(struct text *text, double number) {
    char digits[32];
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number) {
            break;
        }
    }
    text_add(text, "%s", digits);
}

/* The characters that `named` lists become a backslash and their letter. */
static void add_escaped(struct text *text, unsigned char c, const char *named) {
    static const char letters[] = "ntr\\'";
    const char *at = c != '\0' ? strchr(named, c) : NULL;
    if (at != NULL) {
        text_add(text, "\\%c", letters[at - named]);
    } else {
        text_add(text, c < 0x20 || c == 0x7F ? "\\x%02x" : "%c", c);
    }
}

void text_add_shell_word(struct text *text, const char *string) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./,:+@%=";
    bool escaped = false;
    for (const char *c = string; *c != '\0'; c++) {
        escaped |= (unsigned char)*c < 0x20 || *c == 0x7F || *c == '\'';
    }
    if (string[0] != '\0' && string[strspn(string, plain)] == '\0') {
        text_add(text, "%s", string);
    } else if (!escaped) {
        text_add(text, "'%s'", string);
    } else {
        text_add(text, "$'");
        for (const char *c = string; *c != '\0'; c++) {
            add_escaped(text, (unsigned char)*c, "\n\t\r\\'");
        }
        text_add(text, "'");
    }
}

void option_shell_word(const char *string, char *word, size_t size) {
    struct text out = text_start(word, size);
    text_add_shell_word(&out, string);
}

void text_add_escaped(struct text *text, const char *string) {
    for (const char *c = string; *c != '\0'; c++) {
        add_escaped(text, (unsigned char)*c, "\n\t\r\\");
    }
}

void option_escaped_word(const char *string, char *word, size_t size) {
    char escaped[CHARNN_OPTION_TEXT];
    struct text out = text_start(escaped, sizeof escaped);
    text_add_escaped(&out, string);
    option_shell_word(escaped, word, size);
}
