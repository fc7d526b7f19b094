/* What of some texts stands verbatim in a corpus: gathering the texts, and telling. */
#ifndef CHARNN_CLI_SAMPLE_COPY_CHECK_H
#define CHARNN_CLI_SAMPLE_COPY_CHECK_H

#include "cli/options/options.h"
#include "infer/memorization.h"

#include <cJSON.h>
#include <stdio.h>

/* Texts and what was found; zero-initialised but for the first members. */
struct copy_check {
    const char *path;            /* of the corpus */
    size_t run;                  /* runs longer than so many characters count as copied */
    struct corpus_format format; /* how the corpus and the texts are read */
    uint32_t *codes;             /* of all texts, with the end symbol between two */
    size_t count, capacity;
    struct memorization_report report;
};

/* The texts go on by a symbol; by the end symbol where another begins. Errors: CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status copy_check_add(struct copy_check *check, uint32_t code,
                                             struct error *error);

/* The same by the symbols of whole texts. */
CHARNN_MUST_CHECK enum status copy_check_add_bytes(struct copy_check *check,
                                                   const unsigned char *bytes, size_t size,
                                                   struct error *error);

/* Refuses --copy-run where `path`, the corpus of --copy-check, is empty. */
CHARNN_MUST_CHECK enum status copy_check_options(const struct options *options, const char *path,
                                                 struct error *error);

/* Whether there is a corpus at `path` ("" for none) that may be read, for those who would be told
 * late. Errors: CHARNN_ERROR_IO. */
CHARNN_MUST_CHECK enum status copy_check_find(const char *path, struct error *error);

/* Looks for the texts in the corpus. Errors: those of corpus_open() and memorization_find(). */
CHARNN_MUST_CHECK enum status copy_check_run(struct copy_check *check, struct error *error);

/* Tells what was found: in two lines, or as members of a JSON object. */
CHARNN_MUST_CHECK enum status copy_check_print(const struct copy_check *check, FILE *out,
                                               struct error *error);
CHARNN_MUST_CHECK enum status copy_check_describe(const struct copy_check *check, cJSON *json,
                                                  struct error *error);

void copy_check_deinit(struct copy_check *check);

#endif
