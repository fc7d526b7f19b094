#include "cli/options/escape.h"

#include <ctype.h>
#include <string.h>

static unsigned digit_value(char digit) {
    return isdigit((unsigned char)digit) ? (unsigned)(digit - '0')
                                         : (unsigned)(tolower((unsigned char)digit) - 'a') + 10;
}

/* Number of bytes of the escape at the backslash; *meaning receives the byte that it stands for.
 * Returns 0 if it is not an escape. */
static size_t read_escape(const char *at, char *meaning) {
    static const char letters[] = "ntr\\";
    static const char meanings[] = "\n\t\r\\";
    const char *letter = at[1] != '\0' ? strchr(letters, at[1]) : NULL;
    if (letter != NULL) {
        *meaning = meanings[letter - letters];
        return 2;
    }
    if (at[1] != 'x' || !isxdigit((unsigned char)at[2]) || !isxdigit((unsigned char)at[3])) {
        return 0;
    }
    *meaning = (char)(digit_value(at[2]) << 4 | digit_value(at[3]));
    return *meaning != '\0' ? 4 : 0;
}

/* Names what follows the backslash: a character, or an \x with its digits. */
static enum status refuse(const struct option_spec *spec, const char *prefix, const char *at,
                          struct error *error) {
    size_t length = at[1] == '\0' ? 1 : 2;
    while (at[1] == 'x' && length < 4 && isxdigit((unsigned char)at[length])) {
        length++;
    }
    while (((unsigned char)at[length] & 0xC0U) == 0x80) {
        length++;
    }
    return error_set(error, CHARNN_ERROR_USAGE,
                     "%s%s: '%.*s' is no escape; write \\\\ for a backslash, or \\n, \\t, \\r or "
                     "\\xHH, a byte from \\x01 to \\xff",
                     prefix, spec->name, (int)length, at);
}

enum status option_unescape(struct options *options, const struct option_spec *spec,
                            const char *prefix, const char *value, const char **text,
                            struct error *error) {
    char *copy;
    *text = value;
    if (!spec->escapes || strchr(value, '\\') == NULL) {
        return CHARNN_OK;
    }
    if (options_keep_text(options, value, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    *text = copy;
    while (*value != '\0') {
        size_t size = 1;
        char byte = *value;
        if (byte == '\\') {
            size = read_escape(value, &byte);
        }
        if (size == 0) {
            return refuse(spec, prefix, value, error);
        }
        *copy++ = byte;
        value += size;
    }
    *copy = '\0';
    return CHARNN_OK;
}
