/*
 * An answerer: completes questions (text/question.h) with a model that learned records. It writes
 * the most probable symbol at each place, or searches for the most probable answer (infer/beam.h);
 * or it chooses the most probable of given answers, of which each includes the end of its record.
 * Results do not depend on the number of threads, bit for bit.
 */
#ifndef CHARNN_INFER_ANSWERER_H
#define CHARNN_INFER_ANSWERER_H

#include "base/machine/thread_pool.h"
#include "infer/sequences.h"
#include "nn/model.h"
#include "text/question.h"

/* The most questions of one call. */
enum { CHARNN_QUESTIONS = 64 };

/* Everything is borrowed. */
struct answerer_plan {
    struct model *model;
    const struct vocab *vocab; /* the model's */
    struct thread_pool *pool;
    size_t most;                     /* symbols of an answer, at least 1; a longer one is cut */
    size_t width;                    /* of the beam; 1: the most probable symbol at each place */
    const struct sequences *choices; /* at least one, of known symbols; NULL: any text */
};

struct answerer;

/* Bytes that answerer_create() and answerer_answer() allocate; SIZE_MAX if they overflow. */
size_t answerer_memory(const struct answerer_plan *plan);

CHARNN_MUST_CHECK enum status answerer_create(const struct answerer_plan *plan,
                                              struct answerer **answerer, struct error *error);
void answerer_destroy(struct answerer *answerer);

/* Answers count <= CHARNN_QUESTIONS questions: answers[i], without the end symbol, is valid until
 * the next call. Errors: CHARNN_ERROR_MEMORY; CHARNN_ERROR_DATA if a logit is not finite. */
CHARNN_MUST_CHECK enum status answerer_answer(struct answerer *answerer,
                                              const struct question *questions, size_t count,
                                              struct sequence *answers, struct error *error);

#endif
