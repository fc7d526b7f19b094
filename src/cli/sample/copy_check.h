/* --copy-check: how much a model has memorized, that is, which runs of the generated texts stand
 * verbatim in a corpus. */
#ifndef CHARNN_CLI_SAMPLE_COPY_CHECK_H
#define CHARNN_CLI_SAMPLE_COPY_CHECK_H

#include "cli/options/options.h"
#include "infer/memorization.h"
#include "infer/record_copies.h"

#include <cJSON.h>
#include <stdio.h>

/* The first three members are the caller's; zero-initialise the rest. */
struct copy_check {
    const char *path;            /* of the corpus; "": no check, the functions do nothing */
    size_t run;                  /* runs longer than this count as copied */
    struct corpus_format format; /* of the corpus and the texts */
    struct corpus *corpus;       /* NULL until copy_check_open() */
    uint32_t *codes;             /* [count] of all texts, separated by end symbols */
    size_t count, capacity;
    struct memorization_report report;
    struct record_copies copies; /* with records */
};

/* Checks the options, so that a mistake is known before the work begins: CHARNN_ERROR_USAGE for
 * --copy-run without --copy-check, or if the corpus is standard input and so is an argument, or
 * `stdin_is_read`; CHARNN_ERROR_IO if the corpus at `path` cannot be read. */
CHARNN_MUST_CHECK enum status copy_check_options(const struct options *options, const char *path,
                                                 bool stdin_is_read, struct error *error);

/* Opens the corpus, once: it may be a pipe. Errors: those of corpus_open(). */
CHARNN_MUST_CHECK enum status copy_check_open(struct copy_check *check, struct error *error);

/* Appends a symbol to the texts; the end symbol begins another text. */
CHARNN_MUST_CHECK enum status copy_check_add(struct copy_check *check, uint32_t code,
                                             struct error *error);

/* copy_check_add() for whole symbols. */
CHARNN_MUST_CHECK enum status copy_check_add_bytes(struct copy_check *check,
                                                   const unsigned char *bytes, size_t size,
                                                   struct error *error);

/* Compares the texts with the corpus. Errors: those of copy_check_open(), memorization_find() and
 * record_copies_count(). */
CHARNN_MUST_CHECK enum status copy_check_run(struct copy_check *check, struct error *error);

/* Prints the result of copy_check_run() as two lines, or three with records, or adds it to a JSON
 * object. */
CHARNN_MUST_CHECK enum status copy_check_print(const struct copy_check *check, FILE *out,
                                               struct error *error);
CHARNN_MUST_CHECK enum status copy_check_describe(const struct copy_check *check, cJSON *json,
                                                  struct error *error);

void copy_check_deinit(struct copy_check *check);

#endif
