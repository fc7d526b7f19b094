/* `charnn sample --interactive`: primes and commands from standard input, a line each. */
#ifndef CHARNN_CLI_SAMPLE_INTERACTIVE_H
#define CHARNN_CLI_SAMPLE_INTERACTIVE_H

#include "cli/options/options.h"
#include "cli/sample/sampling.h"

/*
 * Runs until the end of the input or :quit. `options` is the parsed command line; it keeps the
 * values that commands set. A line that is refused gets a message on `err`; unless the input is a
 * terminal, it also counts in sampling->refused, and if it was a prime its text is empty. Errors:
 * those of line_input_next() and sampling_draw().
 */
CHARNN_MUST_CHECK enum status interactive_run(struct sampling *sampling, struct options *options,
                                              FILE *in, struct error *error);

#endif
