/* The value of one option: the field of its row in a settings struct. */
#ifndef CHARNN_CLI_OPTIONS_VALUE_H
#define CHARNN_CLI_OPTIONS_VALUE_H

#include "base/error.h"
#include "cli/options/table.h"

/*
 * Reads `text` strictly (all of it, in range) into the field; TEXTS appends. Strings are borrowed;
 * flags read "true" and "false". If the text is not allowed: false, and the field is unchanged.
 */
CHARNN_MUST_CHECK bool option_value_set(const struct option_spec *spec, const char *text,
                                        void *settings);

/* Gives the field its default. */
void option_value_set_default(const struct option_spec *spec, void *settings);

/* Copies the field. */
void option_value_copy(const struct option_spec *spec, void *to, const void *from);

/* Whether the field is the same in both. */
bool option_value_equal(const struct option_spec *spec, const void *a, const void *b);

/* The string in the field of a NAME or a STRING. */
const char *option_value_string(const struct option_spec *spec, const void *settings);

/* The strings in the field of a STRING or of TEXTS, which the caller may replace. */
const char **option_value_strings(const struct option_spec *spec, void *settings, size_t *count);

/* Writes the value (not TEXTS) as option_value_set() reads it; a STRING as a word of the shell. Cut
 * to `size` bytes with the final NUL. */
void option_value_format(const struct option_spec *spec, const void *settings, char *text,
                         size_t size);

#endif
