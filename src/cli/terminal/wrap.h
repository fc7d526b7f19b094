/*
 * Words set in lines of a width. Writes are not checked one by one; see cli/terminal/stream.h.
 */
#ifndef CHARNN_CLI_TERMINAL_WRAP_H
#define CHARNN_CLI_TERMINAL_WRAP_H

#include <stddef.h>
#include <stdio.h>

struct wrap {
    FILE *out;
    size_t width;  /* columns of a line */
    size_t column; /* columns already written in this line */
};

/* At the start of a line. A width that is hard to read is made narrower or wider. */
struct wrap wrap_start(FILE *out, size_t width);

void wrap_end_line(struct wrap *wrap);

/* Spaces up to that column; nothing where the line is already there. */
void wrap_spaces_to(struct wrap *wrap, size_t column);

/*
 * Adds a word of `size` bytes that takes so many columns: after a space, or from `indent` on at the
 * start of a line, a new one where it does not fit any more.
 */
void wrap_add_word(struct wrap *wrap, size_t indent, const char *word, size_t size, size_t columns);

/* Adds the words of an ASCII text; a newline in it ends a line. */
void wrap_add_text(struct wrap *wrap, size_t indent, const char *text);

#endif
