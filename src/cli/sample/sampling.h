/* The steps of `charnn sample`, in the order in which cmd_sample.c takes them, and what they share.
 */
#ifndef CHARNN_CLI_SAMPLE_SAMPLING_H
#define CHARNN_CLI_SAMPLE_SAMPLING_H

#include "base/files/file.h"
#include "checkpoint/checkpoint.h"
#include "cli/options/options.h"
#include "cli/sample/copy_check.h"
#include "cli/sample/settings.h"
#include "infer/generator.h"
#include "infer/stops.h"

#include <signal.h>

/* What a text begins with. Everything is borrowed. */
struct prime {
    const unsigned char *bytes; /* [size] as printed */
    size_t size;
    const char *mark; /* printed and read after it: what ends a question, if it lacks that; or "" */
    int32_t *ids;     /* [count] as the model reads it; room for sampling_prime_room(s, size) */
    size_t count;
    size_t index; /* in the file of --primes, counting refused ones */
};

enum { CHARNN_PRIME_NAME = 32 }; /* bytes of a name of a prime in a message */

struct unique; /* cli/sample/unique.h */

/* Settings and streams are borrowed; the rest is zero-initialised and released with
 * sampling_deinit(), also after errors. */
struct sampling {
    struct sample_settings *settings; /* commands of --interactive change them */
    FILE *out, *err;
    struct checkpoint *checkpoint;
    struct corpus_format format; /* of the training text */
    const struct vocab *vocab;
    struct model *model;
    struct file_bytes prime_file; /* --primetext-file or --primes */
    int32_t *prime_ids;           /* of the prime, or of all primes */
    struct prime prime;           /* of all texts, without --primes */
    struct prime *primes;         /* [prime_count]; NULL without --primes */
    size_t prime_count, prime_capacity;
    size_t prime_total; /* with the refused ones; 1 without --primes */
    bool *allowed;      /* [V] by --only and --forbid; NULL: all */
    struct stops *stops;
    struct thread_pool *pool;
    struct generator *generator; /* NULL for a beam search */
    size_t streams;              /* of the generator */
    uint64_t seed;
    const volatile sig_atomic_t *interrupted; /* not 0: texts end at once; NULL: never */
    const char *record_separator; /* NULL: texts are separated by --separator, on its own line */
    struct {
        size_t texts; /* that have begun */
        bool terminal;
        bool line_begun;   /* the last byte was not a newline */
        double flushed_at; /* clock */
    } output;
    struct copy_check copy_check;
    struct unique *unique; /* NULL without --unique */
    size_t repeated;       /* texts that are left out, because no unique one was found */
    size_t refused; /* lines of --interactive, or primes, that were refused, each with a message */
};

/* Loads the checkpoint, options->arguments[0], and sets the defaults for models of records. Errors:
 * those of checkpoint_open_model(). */
CHARNN_MUST_CHECK enum status sampling_open(struct sampling *s, const struct options *options,
                                            struct error *error);

/* Reads the prime or the primes that the settings give. Errors also: those of file_bytes_init(). */
CHARNN_MUST_CHECK enum status sampling_read_prime(struct sampling *s, struct error *error);

/* Room for the ids of a prime of `size` bytes, or of several with `size` bytes together. */
size_t sampling_prime_room(const struct sampling *s, size_t size);

/* Replaces the prime; the bytes are borrowed. Out-of-vocabulary characters are reported on `err`,
 * or are the error CHARNN_ERROR_DATA, depending on --unknown. */
CHARNN_MUST_CHECK enum status sampling_set_prime(struct sampling *s, const unsigned char *bytes,
                                                 size_t size, struct error *error);

/* Sets prime->ids, count and mark from its bytes, as sampling_set_prime() does; messages call the
 * prime `what`. Errors: CHARNN_ERROR_DATA. */
CHARNN_MUST_CHECK enum status sampling_encode_prime(const struct sampling *s, const char *what,
                                                    struct prime *prime, struct error *error);

/* Opens the file of a prime or of primes as s->prime_file. Errors: those of file_bytes_init(), and
 * of foreign_refuse() unless the model reads bytes. */
CHARNN_MUST_CHECK enum status sampling_open_prime(struct sampling *s, const char *path,
                                                  struct error *error);

/* Reads --primes. A prime that is refused gets a message on `err` and counts in s->refused. Errors:
 * those of sampling_open_prime(); CHARNN_ERROR_DATA without primes, CHARNN_ERROR_USAGE with too
 * many.
 */
CHARNN_MUST_CHECK enum status sampling_read_primes(struct sampling *s, struct error *error);

/* Applies the settings. An existing generator uses them from now on and restarts its random numbers
 * at those of text `first`. Errors: those of allowed_create() and stops_create(), after which the
 * old settings hold, and of generator_set_sampling(). */
CHARNN_MUST_CHECK enum status sampling_configure(struct sampling *s, uint32_t first,
                                                 struct error *error);

/* How many texts to draw side by side: enough for the threads, but few enough that the texts that
 * wait while the first is printed take at most 64 MB. */
size_t sampling_streams(const struct sampling *s);

/* Creates the thread pool, with at most one thread for each of `texts`. */
CHARNN_MUST_CHECK enum status sampling_create_pool(struct sampling *s, size_t texts,
                                                   struct error *error);

/* Refuses a need of more memory than there is (base/machine/memory_limit.h): the weights and
 * `bytes` for the texts. Warns on `err` of a need of almost all. */
CHARNN_MUST_CHECK enum status sampling_check_memory(const struct sampling *s, size_t bytes,
                                                    struct error *error);

/* Creates the generator; the thread pool must exist. Errors: those of sampling_check_memory(). */
CHARNN_MUST_CHECK enum status sampling_create_generator(struct sampling *s, size_t streams,
                                                        uint64_t seed, struct error *error);

/* Draws and prints --num-samples texts for each prime; the generator must be at the start of the
 * first. Errors: those of generator_write() and stream_write(). */
CHARNN_MUST_CHECK enum status sampling_draw(struct sampling *s, struct error *error);

/*
 * --interactive: reads primes and commands from standard input, a line each, until its end or
 * :quit. `options` is the parsed command line; it keeps the values that commands set. A line that
 * is refused gets a message on `err`; unless the input is a terminal it also counts in s->refused,
 * and if it was a prime its text is empty. Errors: those of line_input_next() and sampling_draw().
 */
CHARNN_MUST_CHECK enum status sampling_interact(struct sampling *s, struct options *options,
                                                struct error *error);

/* Prints the --num-samples best texts of a beam search. Errors: those of infer/beam.h and
 * stream_write(). */
CHARNN_MUST_CHECK enum status sampling_search(struct sampling *s, struct error *error);

/* Output, flushed several times a second. In order: begins a text with its prime, after a separator
 * unless it is the first text; writes generated bytes and collects them for --copy-check; writes a
 * separator; writes a line of JSON. Errors: those of stream_write(). */
CHARNN_MUST_CHECK enum status sampling_begin_text(struct sampling *s, const struct prime *prime,
                                                  struct error *error);
CHARNN_MUST_CHECK enum status sampling_write(struct sampling *s, const unsigned char *bytes,
                                             size_t size, struct error *error);
CHARNN_MUST_CHECK enum status sampling_separate(struct sampling *s, struct error *error);
CHARNN_MUST_CHECK enum status sampling_write_line(struct sampling *s, const cJSON *json,
                                                  struct error *error);

/* Flushes the output. On a terminal, also ends a line that has begun. */
CHARNN_MUST_CHECK enum status sampling_flush(struct sampling *s, struct error *error);

/* Flushes the output and prints the result of --copy-check. Errors also: those of copy_check_run();
 * CHARNN_ERROR_DATA if lines or primes were refused, or texts are left out. */
CHARNN_MUST_CHECK enum status sampling_finish(struct sampling *s, struct error *error);

void sampling_deinit(struct sampling *s);

#endif
