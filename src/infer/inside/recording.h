/*
 * A recording: what the units of a model compute while it reads a text, and its losses.
 *
 * A series is one value of one unit over the text: the hidden state h, the cell state c if the cell
 * has one, or a gate. Series (layer * K + kind) * H + unit has the value after each symbol was
 * read. One stream reads the text from the zero state. Out-of-vocabulary symbols are left out, as
 * if they were not in the text; the end symbols of records are in it.
 */
#ifndef CHARNN_INFER_INSIDE_RECORDING_H
#define CHARNN_INFER_INSIDE_RECORDING_H

#include "base/machine/thread_pool.h"
#include "nn/model.h"
#include "text/corpus.h"
#include "text/split.h"
#include "text/vocab.h"

struct recording {
    size_t layers, kinds, units; /* L, K, H */
    char names[8];               /* [K] "hc" and the letters of the gates: struct cell */
    size_t length;               /* N, symbols */
    uint32_t *codes;             /* [N] of the symbols */
    float *nats;                 /* [N] -ln p of the symbol; 0 for the first, which is only read */
    float *values;               /* [L][K][H][N] */
};

/* Everything is borrowed, and only while the recording is made. */
struct recording_plan {
    struct model *model;
    struct thread_pool *pool;
    const struct vocab *vocab; /* the model's */
    const struct corpus *corpus;
    struct split part;                                      /* of the corpus */
    void (*tell)(void *context, size_t done, size_t whole); /* symbols recorded; NULL: none */
    void *context;
};

/* Bytes that recording_create() allocates at the most; SIZE_MAX if that overflows. */
size_t recording_memory(const struct recording_plan *plan);

/* Runs the model over the part. Errors: CHARNN_ERROR_MEMORY; CHARNN_ERROR_DATA if another program
 * changes the text. Released with recording_destroy(). */
CHARNN_MUST_CHECK enum status recording_create(const struct recording_plan *plan,
                                               struct recording **recording, struct error *error);
void recording_destroy(struct recording *recording);

static inline size_t recording_series_count(const struct recording *r) {
    return r->layers * r->kinds * r->units;
}

static inline const float *recording_series(const struct recording *r, size_t series) {
    return r->values + series * r->length;
}

/* Where a series is in the model. */
struct recording_place {
    size_t layer, kind, unit; /* from 0 */
};

static inline struct recording_place recording_place(const struct recording *r, size_t series) {
    return (struct recording_place){.layer = series / r->units / r->kinds,
                                    .kind = series / r->units % r->kinds,
                                    .unit = series % r->units};
}

static inline size_t recording_index(const struct recording *r, struct recording_place place) {
    return (place.layer * r->kinds + place.kind) * r->units + place.unit;
}

#endif
