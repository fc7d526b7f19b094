/* `charnn sample --interactive`: beginnings come line by line, and each is continued. */
#ifndef CHARNN_CLI_SAMPLE_INTERACTIVE_H
#define CHARNN_CLI_SAMPLE_INTERACTIVE_H

#include "cli/options/options.h"
#include "cli/sample/sampling.h"

/*
 * Goes on until the input ends or :quit. `options` is what the settings came from; it keeps the
 * texts that are typed as values. What a line gets wrong is said on `err`, and the next one is
 * read; where no person types, sampling->refused counts it, and a text that it was to begin is
 * empty. Errors: those of reading and writing, and of the generator.
 */
CHARNN_MUST_CHECK enum status interactive_run(struct sampling *sampling, struct options *options,
                                              FILE *in, struct error *error);

#endif
