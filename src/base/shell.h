/* Words of a shell command that can be copied and pasted. */
#ifndef CHARNN_BASE_SHELL_H
#define CHARNN_BASE_SHELL_H

#include "base/text.h"

/* Appends `word`, quoted if necessary: a, 'b c', 'it'\''s', '', and if it has control characters
 * $'d\n' (which bash, zsh and POSIX 2024 know). */
void shell_add_word(struct text *text, const char *word);

/* Appends what text_add_escaped() makes of `word`, with \\ for a backslash, as a word: '\n%\n'. */
void shell_add_escaped_word(struct text *text, const char *word);

#endif
