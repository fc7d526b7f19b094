/* What an option accepts, in words. */
#ifndef CHARNN_CLI_OPTIONS_DESCRIBE_H
#define CHARNN_CLI_OPTIONS_DESCRIBE_H

#include "base/error.h"
#include "cli/options/table.h"

/* For a sentence: "a whole number from 1 to 65536", "lstm, gru or rnn". */
void option_describe_domain(const struct option_table *table, const struct option_spec *spec,
                            char *text, size_t size);

/* For --help: "lstm, gru or rnn; default lstm". May be empty. */
void option_describe_brief_note(const struct option_table *table, const struct option_spec *spec,
                                char *text, size_t size);

/* For --help-all: "from 1 to 65536; default 128; for example 512". May be empty. */
void option_describe_note(const struct option_table *table, const struct option_spec *spec,
                          char *text, size_t size);

/* Sets the error "PREFIXname: 'VALUE' is not allowed; it takes ...", and returns its status. */
enum status option_refuse(const struct option_table *table, const struct option_spec *spec,
                          const char *prefix, const char *value, struct error *error);

#endif
