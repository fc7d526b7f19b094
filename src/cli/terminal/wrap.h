/* Words set in lines of limited width. Writes are not checked; see cli/terminal/stream.h. */
#ifndef CHARNN_CLI_TERMINAL_WRAP_H
#define CHARNN_CLI_TERMINAL_WRAP_H

#include <stddef.h>
#include <stdio.h>

struct wrap {
    FILE *out;
    size_t width;  /* columns of a line */
    size_t column; /* columns used in the current line */
};

/* Starts at the beginning of a line. `width` is clamped to what is readable. */
struct wrap wrap_start(FILE *out, size_t width);

void wrap_end_line(struct wrap *wrap);

/* Adds spaces up to `column`, if the line is shorter. */
void wrap_spaces_to(struct wrap *wrap, size_t column);

/* Adds a word of `size` bytes of UTF-8 after a space, or at `indent` in a new line if the current
 * one has no room. */
void wrap_add_word(struct wrap *wrap, size_t indent, const char *word, size_t size);

/* Adds the words of a text; a newline ends the line. */
void wrap_add_text(struct wrap *wrap, size_t indent, const char *text);

#endif
