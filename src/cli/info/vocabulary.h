/* The vocabulary of a checkpoint, listed for a person. */
#ifndef CHARNN_CLI_INFO_VOCABULARY_H
#define CHARNN_CLI_INFO_VOCABULARY_H

#include "text/vocab.h"

#include <stdio.h>

/* The symbols in lines of `width` columns, runs such as a..z shortened. */
void info_print_vocabulary(FILE *out, const struct vocab *vocab, size_t width);

#endif
