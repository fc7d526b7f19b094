/* Logits, checked and copied for the softmax kernels. */
#ifndef CHARNN_INFER_LOGITS_H
#define CHARNN_INFER_LOGITS_H

#include "base/error.h"

#include <stddef.h>

/* Copies logits[vocab] to copy[padded], a multiple of CHARNN_LANES, and fills the rest with
 * -infinity. Errors: CHARNN_ERROR_DATA if a logit is not finite. */
CHARNN_MUST_CHECK enum status logits_copy(const float *logits, size_t vocab, float *copy,
                                          struct error *error);

/* The greatest of padded logits; `count` is a multiple of CHARNN_LANES. */
float logits_greatest(const float *padded, size_t count);

/* ln of the sum of e^logit over padded logits, as logits_copy() leaves them; overwrites them. */
double logits_log_sum(float *padded, size_t vocab);

#endif
