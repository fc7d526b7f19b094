#include "infer/inside/probe.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { LEVELS = CHARNN_PROBE_LEVELS, ROW = CHARNN_FEATURE_ROW, FEATURES = CHARNN_FEATURE_COUNT };

/* The symbols of a half at each level of a series. */
struct tally {
    uint32_t symbols[LEVELS];
    uint32_t sums[LEVELS][ROW]; /* of the features */
};

/* Features of a half, whatever the series. */
struct totals {
    double sums[ROW], squares[ROW];
};

struct half {
    size_t begin, end;
    struct totals totals;
};

struct probe {
    const struct recording *recording;
    const unsigned char *rows;
    struct half halves[2];
    struct tally *tallies; /* [threads] */
    double *scores[2];     /* [series][FEATURES] */
};

double probe_strength(enum feature_index feature, double score) {
    return isnan(score) ? 0 : features[feature].graded ? score : 2 * score - 1;
}

struct probe_range probe_range(const float *values, size_t count) {
    struct probe_range range = {values[0], values[0]};
    for (size_t i = 1; i < count; i++) {
        range.low = values[i] < range.low ? values[i] : range.low;
        range.high = values[i] > range.high ? values[i] : range.high;
    }
    return range;
}

static struct totals sum_up(const unsigned char *rows, size_t begin, size_t end) {
    struct totals totals = {{0}, {0}};
    for (size_t t = begin; t < end; t++) {
        for (size_t f = 0; f < FEATURES; f++) {
            double value = rows[t * ROW + f];
            totals.sums[f] += value;
            totals.squares[f] += value * value;
        }
    }
    return totals;
}

static bool varies(const struct half *half, size_t f) {
    double count = (double)(half->end - half->begin);
    double sum = half->totals.sums[f];
    return features[f].graded
               ? count >= 2 * CHARNN_PROBE_LEAST && count * half->totals.squares[f] > sum * sum
               : sum >= CHARNN_PROBE_LEAST && count - sum >= CHARNN_PROBE_LEAST;
}

/* `restrict` lets the compiler add several features at once. */
static void add_row(uint32_t sums[restrict ROW], const unsigned char row[restrict ROW]) {
    for (size_t f = 0; f < ROW; f++) {
        sums[f] += row[f];
    }
}

/* The inner loop of the search: every symbol for every series. */
static void tally_up(struct tally *tally, const float *series, struct probe_range range,
                     const unsigned char *rows, const struct half *half) {
    memset(tally, 0, sizeof *tally);
    for (size_t t = half->begin; t < half->end; t++) {
        unsigned char level = probe_level(range, series[t]);
        tally->symbols[level]++;
        add_row(tally->sums[level], rows + t * ROW);
    }
}

static double area_under_curve(const struct tally *tally, size_t f) {
    double with = 0;
    double without = 0; /* so far, from the lowest level */
    double pairs = 0;   /* in which the symbol with the feature has the larger value */
    for (size_t level = 0; level < LEVELS; level++) {
        double here = tally->sums[level][f];
        double others = tally->symbols[level] - here;
        pairs += here * (without + others / 2);
        with += here;
        without += others;
    }
    return with > 0 && without > 0 ? pairs / (with * without) : NAN;
}

static double correlation(const struct tally *tally, const struct half *half, size_t f) {
    double count = (double)(half->end - half->begin);
    double sum = 0;
    double squares = 0;
    double products = 0;
    for (size_t level = 0; level < LEVELS; level++) {
        double symbols = tally->symbols[level];
        double value = (double)level;
        sum += symbols * value;
        squares += symbols * value * value;
        products += value * tally->sums[level][f];
    }
    double other = half->totals.sums[f];
    double spread =
        (count * squares - sum * sum) * (count * half->totals.squares[f] - other * other);
    return spread > 0 ? (count * products - sum * other) / sqrt(spread) : NAN;
}

static void score_task(void *context, size_t index, size_t count) {
    const struct probe *p = context;
    const struct recording *r = p->recording;
    struct tally *tally = &p->tallies[index];
    for (size_t series = index; series < recording_series_count(r); series += count) {
        const float *values = recording_series(r, series);
        const struct probe_range range = probe_range(values, r->length);
        for (size_t i = 0; i < 2; i++) {
            double *scores = p->scores[i] + series * FEATURES;
            tally_up(tally, values, range, p->rows, &p->halves[i]);
            for (size_t f = 0; f < FEATURES; f++) {
                scores[f] = features[f].graded ? correlation(tally, &p->halves[i], f)
                                               : area_under_curve(tally, f);
            }
        }
    }
}

static double strength_at(const struct probe *p, size_t half, size_t series, size_t f) {
    return probe_strength((enum feature_index)f, p->scores[half][series * FEATURES + f]);
}

static struct probe_match best_match(const struct probe *p, size_t f) {
    size_t best = 0;
    for (size_t series = 1; series < recording_series_count(p->recording); series++) {
        if (fabs(strength_at(p, 0, series, f)) > fabs(strength_at(p, 0, best, f))) {
            best = series;
        }
    }
    return (struct probe_match){.feature = (enum feature_index)f,
                                .series = best,
                                .first = p->scores[0][best * FEATURES + f],
                                .second = p->scores[1][best * FEATURES + f]};
}

/* What the second half confirms: negative if it contradicts the first. */
static double confirmed(const struct probe_match *match) {
    double first = probe_strength(match->feature, match->first);
    double second = probe_strength(match->feature, match->second);
    return first < 0 ? -second : second;
}

static size_t choose(const struct probe *p, struct probe_match *matches) {
    size_t count = 0;
    for (size_t f = 0; f < FEATURES; f++) {
        if (!varies(&p->halves[0], f) || !varies(&p->halves[1], f)) {
            continue;
        }
        const struct probe_match match = best_match(p, f);
        size_t at = count++;
        for (; at > 0 && confirmed(&matches[at - 1]) < confirmed(&match); at--) {
            matches[at] = matches[at - 1];
        }
        matches[at] = match;
    }
    return count;
}

enum status probe_features(const struct recording *recording, const unsigned char *rows,
                           struct thread_pool *pool,
                           struct probe_match matches[CHARNN_FEATURE_COUNT], size_t *count,
                           struct error *error) {
    struct probe p = {.recording = recording, .rows = rows};
    size_t middle = recording->length / 2;
    size_t scores = recording_series_count(recording) * FEATURES;
    p.halves[0] = (struct half){.begin = 0, .end = middle};
    p.halves[1] = (struct half){.begin = middle, .end = recording->length};
    for (size_t i = 0; i < 2; i++) {
        p.halves[i].totals = sum_up(rows, p.halves[i].begin, p.halves[i].end);
    }
    *count = 0;
    bool ready =
        MEMORY_NEW(&p.tallies, thread_pool_size(pool), "the ranking", error) == CHARNN_OK &&
        MEMORY_NEW(&p.scores[0], scores, "the ranking", error) == CHARNN_OK &&
        MEMORY_NEW(&p.scores[1], scores, "the ranking", error) == CHARNN_OK;
    if (ready) {
        thread_pool_run(pool, score_task, &p);
        *count = choose(&p, matches);
    }
    memory_free(p.scores[1]);
    memory_free(p.scores[0]);
    memory_free(p.tallies);
    return ready ? CHARNN_OK : error->status;
}
