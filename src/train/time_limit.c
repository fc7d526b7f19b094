#include "train/time_limit.h"

#include <math.h>

/* Share of the session that training gets in any case. The estimate comes after it. */
static const double least_share = 0.1;

static double session_limit(const struct trainer *t) {
    return t->parts.settings->max_seconds - t->progress.seconds_before;
}

/* Of a validation with the saves of `best` and `last`. */
static double validation_time(const struct trainer *t) {
    return t->validation_seconds + t->save_seconds;
}

double time_spent(const struct trainer *t) {
    return t->progress.seconds_before + t->progress.seconds;
}

bool time_allows_validation(const struct trainer *t) {
    double left = t->parts.settings->max_seconds - t->validated_at;
    return t->validated_at <= 0 || left > validation_time(t);
}

double time_of_end(const struct trainer *t) {
    double limit = t->parts.settings->max_seconds;
    if (limit <= 0) {
        return INFINITY;
    }
    if (!time_allows_validation(t)) {
        return limit;
    }
    double most = t->validated_at > 0 ? INFINITY : (1 - least_share) * session_limit(t);
    return limit - fmin(validation_time(t), most);
}

bool time_needs_estimate(const struct trainer *t) {
    double limit = session_limit(t);
    return limit > 0 && t->validation_seconds <= 0 && t->progress.seconds >= least_share * limit;
}
