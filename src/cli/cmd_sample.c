#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "checkpoint/checkpoint.h"
#include "cli/command.h"
#include "cli/stream.h"
#include "infer/generator.h"
#include "infer/settings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How much text may wait in the buffer for how long: a person reads along at a terminal. */
enum { TERMINAL_BYTES = 64 };
#define TERMINAL_SECONDS 0.05
#define PIPE_SECONDS 0.5

/* Text on its way out. */
struct text_writer {
    FILE *out;
    bool terminal;
    bool line_ended; /* the last byte was a newline, or there was none yet */
    size_t waiting;  /* bytes since the last flush */
    double flushed;  /* when that was */
};

/* All that one run needs. */
struct sampling {
    const struct sample_settings *settings;
    struct checkpoint *checkpoint;
    struct model *model;
    struct thread_pool *pool;
    struct generator *generator;
    struct file_bytes prime_file;
    const unsigned char *prime;
    size_t prime_size; /* bytes */
    int32_t *ids;      /* of the prime */
    size_t id_count;
    struct text_writer writer;
};

static struct text_writer text_writer_start(FILE *out) {
    return (struct text_writer){
        .out = out,
        .terminal = isatty(fileno(out)) == 1,
        .line_ended = true,
        .flushed = clock_seconds(),
    };
}

static enum status text_writer_add(struct text_writer *w, const unsigned char *bytes, size_t size,
                                   struct error *error) {
    if (size == 0) {
        return CHARNN_OK;
    }
    if (stream_write(w->out, bytes, size, error) != CHARNN_OK) {
        return error->status;
    }
    w->line_ended = bytes[size - 1] == '\n';
    w->waiting += size;
    double now = clock_seconds();
    double patience = w->terminal ? TERMINAL_SECONDS : PIPE_SECONDS;
    bool full = w->terminal && (w->line_ended || w->waiting >= TERMINAL_BYTES);
    if (!full && now - w->flushed < patience) {
        return CHARNN_OK;
    }
    w->waiting = 0;
    w->flushed = now;
    return stream_flush(w->out, error);
}

/* A terminal's prompt is to begin on a line of its own; elsewhere the text stays as it is. */
static enum status text_writer_finish(struct text_writer *w, struct error *error) {
    if (w->terminal && !w->line_ended && stream_write(w->out, "\n", 1, error) != CHARNN_OK) {
        return error->status;
    }
    return stream_flush(w->out, error);
}

static enum status read_prime(struct sampling *s, struct error *error) {
    const char *path = s->settings->primetext_file;
    s->prime = (const unsigned char *)s->settings->primetext;
    s->prime_size = strlen(s->settings->primetext);
    if (path[0] != '\0') {
        if (file_bytes_init(&s->prime_file, path, error) != CHARNN_OK) {
            return error->status;
        }
        s->prime = s->prime_file.data;
        s->prime_size = s->prime_file.size;
    }
    void *ids;
    if (memory_allocate(s->prime_size, sizeof *s->ids, "the prime text", &ids, error) !=
        CHARNN_OK) {
        return error->status;
    }
    s->ids = ids;
    return vocab_encode_text(checkpoint_vocab(s->checkpoint), "the prime text", s->prime,
                             s->prime_size, s->ids, &s->id_count, error);
}

static enum status create_generator(struct sampling *s, uint64_t seed, struct error *error) {
    const struct sampler_settings settings = {
        .temperature = s->settings->temperature,
        .argmax = s->settings->argmax,
        .seed = seed,
    };
    size_t threads = s->settings->threads;
    threads = threads > 0 ? threads : thread_pool_default_size();
    if (checkpoint_load_model(s->checkpoint, false, &s->model, error) != CHARNN_OK ||
        thread_pool_create(threads, &s->pool, error) != CHARNN_OK) {
        return error->status;
    }
    return generator_create(s->model, checkpoint_vocab(s->checkpoint), s->pool, &settings,
                            &s->generator, error);
}

static enum status write_text(struct sampling *s, struct error *error) {
    const struct vocab *vocab = checkpoint_vocab(s->checkpoint);
    if (text_writer_add(&s->writer, s->prime, s->prime_size, error) != CHARNN_OK) {
        return error->status;
    }
    generator_prime(s->generator, s->ids, s->id_count);
    for (size_t i = 0; i < s->settings->length; i++) {
        int32_t id;
        unsigned char bytes[CHARNN_SYMBOL_BYTES];
        if (generator_next(s->generator, &id, error) != CHARNN_OK) {
            return error->status;
        }
        size_t size = symbol_encode(vocab_code(vocab, id), bytes);
        if (text_writer_add(&s->writer, bytes, size, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return text_writer_finish(&s->writer, error);
}

static enum status sample(struct sampling *s, const struct invocation *invocation,
                          struct error *error) {
    const struct options *options = &invocation->options;
    uint64_t seed = s->settings->seed;
    bool random = !options_given(options, "seed");
    if (random) {
        seed = random_seed_from_system();
    }
    if (checkpoint_open(options->arguments[0], &s->checkpoint, error) != CHARNN_OK ||
        read_prime(s, error) != CHARNN_OK || create_generator(s, seed, error) != CHARNN_OK) {
        return error->status;
    }
    if (random) {
        (void)fprintf(invocation->err, "seed: %llu\n", (unsigned long long)seed);
    }
    return write_text(s, error);
}

enum status cmd_sample(struct invocation *invocation, struct error *error) {
    struct sampling s = {
        .settings = invocation->settings,
        .writer = text_writer_start(invocation->out),
    };
    enum status status = sample(&s, invocation, error);
    generator_destroy(s.generator);
    thread_pool_destroy(s.pool);
    model_destroy(s.model);
    memory_free(s.ids);
    file_bytes_deinit(&s.prime_file);
    checkpoint_close(s.checkpoint);
    return status;
}
