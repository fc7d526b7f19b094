/*
 * What is said before the first step: the text, the model, the memory it takes, how long the run
 * is, and advice where text and model are far apart in size.
 */
#ifndef CHARNN_CLI_TRAIN_SUMMARY_H
#define CHARNN_CLI_TRAIN_SUMMARY_H

#include "text/corpus_vocab.h"
#include "train/trainer.h"

#include <stdio.h>

/* Writes to `err`; `parts` are those that the trainer was made of. */
void train_summary_print(const struct trainer_parts *parts, const struct trainer *trainer,
                         FILE *err);

/* Tells of the characters that are learned as one, where there are any. */
void train_summary_print_rare(const struct trainer_parts *parts, const struct rare_symbols *rare,
                              FILE *err);

/* Tells how the characters of the text and those of the model that a run starts from agree. */
void train_summary_print_origin(const struct trainer_parts *parts, const struct checkpoint *origin,
                                FILE *err);

#endif
