#include "cli/sample/texts.h"

#include "base/memory.h"

#include <string.h>

/* How many texts are made at once: work for many threads, and a limit to the memory that takes. */
enum { STREAMS_FEWEST = 64, STREAMS_PER_THREAD = 16, STREAMS_MOST = 1024 };
enum { WAITING_BYTES = 64000000 };

/* And in how many steps before they are written, where there are several. */
enum { STEPS = 16 };

/* A text that is being made, as far as it has not been written. */
struct text {
    unsigned char *bytes;
    size_t size, capacity;
    struct stop_watch watch;
    bool ended; /* a stop text came, and was taken away, or the end of the record */
};

struct making {
    const struct sample_job *job;
    size_t steps;       /* symbols of each text made at once */
    int32_t *next;      /* [steps][texts], these symbols */
    struct text *texts; /* [streams]; the first does not wait for others */
};

/* The bytes that a text has at most, or SIZE_MAX. */
static size_t text_bytes(const struct sample_settings *settings, const struct vocab *vocab) {
    size_t longest = 1;
    for (size_t i = 0; i < vocab_size(vocab); i++) {
        unsigned char bytes[CHARNN_SYMBOL_BYTES];
        size_t size = symbol_encode(vocab_codes(vocab)[i], bytes);
        longest = size > longest ? size : longest;
    }
    size_t size;
    bool bounded = settings->length > 0 && size_multiply(settings->length, longest, &size);
    return bounded ? size : SIZE_MAX;
}

size_t sample_texts_streams(const struct sample_settings *settings, const struct vocab *vocab,
                            size_t threads) {
    size_t texts = settings->num_samples;
    size_t bytes = text_bytes(settings, vocab);
    size_t most = threads * STREAMS_PER_THREAD;
    most = most < STREAMS_FEWEST ? STREAMS_FEWEST : most > STREAMS_MOST ? STREAMS_MOST : most;
    if (WAITING_BYTES / bytes < most - 1) {
        most = WAITING_BYTES / bytes + 1;
    }
    size_t groups = (texts - 1) / most + 1;
    return (texts - 1) / groups + 1;
}

static enum status create(struct making *m, struct error *error) {
    const struct sample_job *job = m->job;
    size_t streams = job->streams;
    void *memory;
    m->steps = streams > 1 ? STEPS : 1;
    if (memory_allocate(streams * m->steps, sizeof *m->next, "the texts", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    m->next = memory;
    if (memory_allocate(streams, sizeof *m->texts, "the texts", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    m->texts = memory;
    return CHARNN_OK;
}

static enum status write_string(const struct sample_job *job, const char *text,
                                struct error *error) {
    return text_writer_add(job->writer, (const unsigned char *)text, strlen(text), error);
}

enum status sample_texts_separate(const struct sample_job *job, struct error *error) {
    if (job->between != NULL) {
        return write_string(job, job->between, error);
    }
    if (write_string(job, "\n", error) != CHARNN_OK ||
        write_string(job, job->settings->separator, error) != CHARNN_OK) {
        return error->status;
    }
    return write_string(job, "\n", error);
}

enum status sample_texts_begin(const struct sample_job *job, size_t number, struct error *error) {
    if (job->copies != NULL && copy_check_add(job->copies, CHARNN_SYMBOL_END, error) != CHARNN_OK) {
        return error->status;
    }
    if (number > 0 && sample_texts_separate(job, error) != CHARNN_OK) {
        return error->status;
    }
    return text_writer_add(job->writer, job->prime.bytes, job->prime.size, error);
}

enum status sample_texts_add(const struct sample_job *job, const unsigned char *bytes, size_t size,
                             struct error *error) {
    if (text_writer_add(job->writer, bytes, size, error) != CHARNN_OK) {
        return error->status;
    }
    return job->copies != NULL ? copy_check_add_bytes(job->copies, bytes, size, error) : CHARNN_OK;
}

/* Writes all of a text but its last `kept` bytes. */
static enum status write_text(const struct making *m, struct text *text, size_t kept,
                              struct error *error) {
    size_t size = text->size - kept;
    if (sample_texts_add(m->job, text->bytes, size, error) != CHARNN_OK) {
        return error->status;
    }
    if (size > 0) {
        memmove(text->bytes, text->bytes + size, kept);
    }
    text->size = kept;
    return CHARNN_OK;
}

static enum status add_symbol(const struct making *m, struct text *text, int32_t id,
                              struct error *error) {
    if (text->ended || id == vocab_end(m->job->vocab)) {
        text->ended = true;
        return CHARNN_OK;
    }
    if (MEMORY_GROW(&text->bytes, &text->capacity, text->size, text->size + CHARNN_SYMBOL_BYTES,
                    "texts that wait", error) != CHARNN_OK) {
        return error->status;
    }
    text->size += symbol_encode(vocab_code(m->job->vocab, id), text->bytes + text->size);
    size_t stop = stops_advance(m->job->stops, &text->watch, id);
    text->size -= stop;
    text->ended = stop > 0;
    return CHARNN_OK;
}

/* Takes a symbol of each text; the first is written as far as it is certain. */
static enum status add_symbols(const struct making *m, const int32_t *ids, size_t texts,
                               struct error *error) {
    for (size_t i = 0; i < texts; i++) {
        if (add_symbol(m, &m->texts[i], ids[i], error) != CHARNN_OK) {
            return error->status;
        }
    }
    struct text *first = &m->texts[0];
    size_t kept = first->ended ? 0 : stops_pending(m->job->stops, &first->watch);
    return write_text(m, first, kept, error);
}

static bool all_ended(const struct making *m, size_t texts) {
    size_t ended = 0;
    if (m->job->interrupted != NULL && *m->job->interrupted != 0) {
        return true;
    }
    while (ended < texts && m->texts[ended].ended) {
        ended++;
    }
    return ended == texts;
}

static enum status make_symbols(const struct making *m, size_t texts, struct error *error) {
    size_t length = m->job->settings->length;
    length = length > 0 ? length : SIZE_MAX;
    size_t steps;
    for (size_t done = 0; done < length && !all_ended(m, texts); done += steps) {
        steps = length - done < m->steps ? length - done : m->steps;
        if (generator_write(m->job->generator, steps, m->next, error) != CHARNN_OK) {
            return error->status;
        }
        for (size_t t = 0; t < steps; t++) {
            if (add_symbols(m, m->next + t * texts, texts, error) != CHARNN_OK) {
                return error->status;
            }
        }
    }
    return CHARNN_OK;
}

/* Makes and writes `texts` texts from number `first` on, side by side. */
static enum status write_group(const struct making *m, size_t first, size_t texts,
                               struct error *error) {
    const struct sample_job *job = m->job;
    for (size_t i = 0; i < texts; i++) {
        m->texts[i] = (struct text){.bytes = m->texts[i].bytes, .capacity = m->texts[i].capacity};
    }
    if (sample_texts_begin(job, first, error) != CHARNN_OK) {
        return error->status;
    }
    generator_prime(job->generator, job->prime.ids, job->prime.count);
    if (make_symbols(m, texts, error) != CHARNN_OK ||
        write_text(m, &m->texts[0], 0, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 1; i < texts; i++) {
        if (sample_texts_begin(job, first + i, error) != CHARNN_OK ||
            write_text(m, &m->texts[i], 0, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status write_groups(const struct making *m, struct error *error) {
    const struct sample_job *job = m->job;
    size_t total = job->settings->num_samples;
    size_t texts;
    for (size_t first = 0; first < total; first += texts) {
        texts = total - first < job->streams ? total - first : job->streams;
        if (first > 0) {
            generator_restart(job->generator, job->seed, (uint32_t)first, texts);
        }
        if (write_group(m, first, texts, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

enum status sample_texts_write(const struct sample_job *job, struct error *error) {
    struct making making = {.job = job};
    enum status status = create(&making, error);
    if (status == CHARNN_OK) {
        status = write_groups(&making, error);
    }
    for (size_t i = 0; making.texts != NULL && i < job->streams; i++) {
        memory_free(making.texts[i].bytes);
    }
    memory_free(making.texts);
    memory_free(making.next);
    return status;
}
