/* Text built piece by piece in a buffer of fixed size, and values written in it. */
#ifndef CHARNN_CLI_OPTIONS_TEXT_H
#define CHARNN_CLI_OPTIONS_TEXT_H

#include "base/error.h"

#include <stddef.h>

enum { CHARNN_OPTION_TEXT = 512 }; /* bytes that hold every description of an option */

struct text {
    char *bytes; /* borrowed; always ends with NUL */
    size_t size;
    size_t used;
};

/* An empty text in `bytes`. `size` > 0. */
struct text text_start(char *bytes, size_t size);

/* Appends, as printf() does; what does not fit is cut. */
void text_add(struct text *text, const char *format, ...) CHARNN_PRINTF(2, 3);

/* Appends a number with the fewest digits that read back as the same double. */
void text_add_number(struct text *text, double number);

/* Appends a string as one word of the shell: a, 'b c', ''; with control characters as bash has it,
 * $'d\n'. */
void text_add_shell_word(struct text *text, const char *string);

/* The same into a buffer. */
void option_shell_word(const char *string, char *word, size_t size);

/* Appends a string, in which control characters and backslashes become escapes (escape.h). */
void text_add_escaped(struct text *text, const char *string);

/* The string as a word of the shell for an option with escapes: '\n%\n'. */
void option_escaped_word(const char *string, char *word, size_t size);

#endif
