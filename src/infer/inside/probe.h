/*
 * Probes: which series of a recording follows each feature of its text best.
 *
 * A graded feature is followed by correlation (Pearson). Another one is followed as well as the
 * values of the series tell its symbols from the others: the area under the ROC curve (AUC), the
 * probability that the value at a symbol with the feature is larger than at one without; equal
 * values count half. The values of a series are rounded to 256 levels between its extremes first.
 *
 * The best of thousands of series looks good by chance, so a series is chosen by the first half of
 * the text, and its score on the second half says what it is worth.
 */
#ifndef CHARNN_INFER_INSIDE_PROBE_H
#define CHARNN_INFER_INSIDE_PROBE_H

#include "infer/inside/recording.h"
#include "text/features.h"

struct probe_match {
    enum feature_index feature;
    size_t series;
    double first, second; /* correlation or AUC on each half; the second may be NaN if the series
                             does not vary there */
};

/* How well a score tells: 1 or -1 for always, 0 for chance (or NaN). The sign says whether high or
 * low values follow the feature. */
double probe_strength(enum feature_index feature, double score);

/*
 * The best series for each feature that varies in both halves: with at least CHARNN_PROBE_LEAST
 * symbols of each kind in a half, or twice as many in all if it is graded. Features that are
 * confirmed best come first. rows[N][CHARNN_FEATURE_ROW] as by features_find(). Sets *count. The
 * result does not depend on the number of threads. Errors: CHARNN_ERROR_MEMORY.
 */
enum { CHARNN_PROBE_LEAST = 10 };

CHARNN_MUST_CHECK enum status probe_features(const struct recording *recording,
                                             const unsigned char *rows, struct thread_pool *pool,
                                             struct probe_match matches[CHARNN_FEATURE_COUNT],
                                             size_t *count, struct error *error);

/* The extremes of values[count], count >= 1, and the level of a value between them. */
struct probe_range {
    float low, high;
};

enum { CHARNN_PROBE_LEVELS = 256 };

struct probe_range probe_range(const float *values, size_t count);

static inline unsigned char probe_level(struct probe_range range, float value) {
    float width = range.high - range.low;
    float half = width / 510; /* of a level */
    return width > 0 ? (unsigned char)((value - range.low + half) / width * 255.0F) : 0;
}

#endif
