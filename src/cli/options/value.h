/*
 * The value of a single option: read from text, written as text, described to a person.
 */
#ifndef CHARNN_CLI_OPTIONS_VALUE_H
#define CHARNN_CLI_OPTIONS_VALUE_H

#include "cli/options/options.h"

enum { CHARNN_OPTION_TEXT = 512 }; /* bytes that hold any description made here */

/* Whether the row has a field in the settings struct. */
bool option_has_value(const struct option_spec *spec);

/* Whether the value is a number, in JSON and in range. */
bool option_is_number(const struct option_spec *spec);

/*
 * Reads `text` strictly (all of it, in range) into the row's field; false, and the field as it
 * was, where it is not allowed. Strings are borrowed. Flags read "true" and "false".
 */
CHARNN_MUST_CHECK bool option_value_set(const struct option_spec *spec, const char *text,
                                        void *settings);

/* Gives the row's field its default. */
void option_value_set_default(const struct option_spec *spec, void *settings);

/* Copies the row's field. */
void option_value_copy(const struct option_spec *spec, void *to, const void *from);

/* Whether the row's field is the same in both. */
bool option_value_equal(const struct option_spec *spec, const void *a, const void *b);

/* The string that the row's field, of a NAME or a STRING, points to. */
const char *option_value_string(const struct option_spec *spec, const void *settings);

/* The row's field as text that option_value_set() reads back exactly, but for a STRING, which is a
 * word of the shell; long strings are cut. */
void option_value_format(const struct option_spec *spec, const void *settings, char *text,
                         size_t size);

/*
 * The i-th name that the option may take, or NULL: of choices, of presets, of flags in JSON.
 */
const char *option_choice(const struct option_table *table, const struct option_spec *spec,
                          size_t i);

/* What it takes, for a sentence: "a whole number from 1 to 65536", "lstm, gru or rnn". */
void option_describe_domain(const struct option_table *table, const struct option_spec *spec,
                            char *text, size_t size);

/* For the help: "from 1 to 65536; default 128; for example 512"; may be empty. */
void option_describe_note(const struct option_table *table, const struct option_spec *spec,
                          char *text, size_t size);

/* Sets the error "LABEL: SHOWN is not allowed; it takes DOMAIN" and returns its status. */
enum status option_refuse(const struct option_table *table, const struct option_spec *spec,
                          const char *label, const char *shown, struct error *error);

#endif
