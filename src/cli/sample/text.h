/* One text while it is drawn: symbols become bytes, until the text ends. */
#ifndef CHARNN_CLI_SAMPLE_TEXT_H
#define CHARNN_CLI_SAMPLE_TEXT_H

#include "cli/sample/sampling.h"

enum sampled_end { CHARNN_TEXT_GROWS, CHARNN_TEXT_LENGTH, CHARNN_TEXT_STOP, CHARNN_TEXT_RECORD };

/* Zero-initialised but for the first two members. */
struct sampled_text {
    size_t number;             /* selects its random numbers */
    const struct prime *prime; /* borrowed; NULL: the text is left out (--unique) */
    unsigned char *bytes;      /* [size], what is not printed yet; released with memory_free() */
    size_t size, capacity;
    size_t length; /* characters, printed or not */
    size_t past;   /* bytes beyond --min-length */
    double nats;   /* -ln of the probability of what was drawn */
    struct stop_watch watch;
    enum sampled_end end;
};

/* Makes it another text, which is empty; keeps its memory. */
void sampled_text_restart(struct sampled_text *text, size_t number, const struct prime *prime);

/* Appends a symbol, unless the text has ended or the id is below 0. At the end the stop text is
 * removed, except with --keep-stop. */
CHARNN_MUST_CHECK enum status sampled_text_add(const struct sampling *s, struct sampled_text *text,
                                               int32_t id, double nats, struct error *error);

/* --json: prints the ended text as a line of JSON. Errors: those of stream_write(); memory. */
CHARNN_MUST_CHECK enum status
sampling_write_json(struct sampling *s, const struct sampled_text *text, struct error *error);

#endif
