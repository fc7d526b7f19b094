/* What the ways of `charnn sample` share: the model, what it begins with, and how it writes. */
#ifndef CHARNN_CLI_SAMPLE_SAMPLING_H
#define CHARNN_CLI_SAMPLE_SAMPLING_H

#include "base/file.h"
#include "checkpoint/checkpoint.h"
#include "cli/sample/texts.h"

/* Zero-initialised but for the first members; released with sampling_deinit(), also after errors.
 */
struct sampling {
    struct sample_settings *settings; /* borrowed */
    FILE *out, *err;                  /* borrowed */
    struct checkpoint *checkpoint;
    const struct vocab *vocab;
    struct model *model;
    struct thread_pool *pool;
    struct file_bytes prime_file;
    int32_t *ids; /* of the prime */
    bool *allowed;
    struct stops *stops;
    struct generator *generator;
    struct text_writer writer;
    struct copy_check copies;
    size_t refused; /* lines that a program sent and that would not do; told one by one */
    struct sample_job job;
};

/* Opens the checkpoint with its model, and begins writing. */
CHARNN_MUST_CHECK enum status sampling_open(struct sampling *sampling, const char *path,
                                            struct error *error);

void sampling_deinit(struct sampling *sampling);

/* Makes what the settings say hold from now on, also for a generator that is there already, which
 * goes on with the random numbers of text `first`. */
CHARNN_MUST_CHECK enum status sampling_configure(struct sampling *sampling, uint32_t first,
                                                 struct error *error);

/* The prime that the settings name. */
CHARNN_MUST_CHECK enum status sampling_read_prime(struct sampling *sampling, struct error *error);

/*
 * The prime, borrowed until another is set. Characters that the model has not seen are told, or are
 * the error CHARNN_ERROR_DATA, as the settings say.
 */
CHARNN_MUST_CHECK enum status sampling_set_prime(struct sampling *sampling,
                                                 const unsigned char *bytes, size_t size,
                                                 struct error *error);

/* Threads, of which as many as there are texts at once are of use. */
CHARNN_MUST_CHECK enum status sampling_create_pool(struct sampling *sampling, size_t texts,
                                                   struct error *error);

/* A generator of so many streams, for this seed. */
CHARNN_MUST_CHECK enum status sampling_create_generator(struct sampling *sampling, size_t streams,
                                                        uint64_t seed, struct error *error);

/* Ends the text, and tells of copies where that is asked for. Errors also: CHARNN_ERROR_DATA where
 * lines were refused. */
CHARNN_MUST_CHECK enum status sampling_finish(struct sampling *sampling, struct error *error);

#endif
