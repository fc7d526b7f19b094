#include "nn/layer_penalties.h"

#include <math.h>

struct layer_penalties penalties_of_layer(const struct penalties *penalties,
                                          const struct layer *layer, bool top, size_t steps,
                                          float scale) {
    double pairs = steps > 1 ? (double)(steps - 1) / (double)steps : INFINITY;
    double unit = 2 * (double)scale / (double)layer->units;
    return (struct layer_penalties){
        .steps = steps,
        .activation = top ? (float)(unit * penalties->activation) : 0,
        .slowness = top ? (float)(unit * penalties->slowness / pairs) : 0,
        .flow = 2 * (double)scale * penalties->flow,
    };
}

static void add_scaled(const float *values, float factor, size_t count, float *out) {
    for (size_t j = 0; j < count; j++) {
        out[j] += factor * values[j];
    }
}

void penalties_add_activation(const struct layer *top, const struct rows *y, struct span span,
                              const struct rows *dy) {
    float factor = top->penalties.activation;
    for (size_t t = span.t_begin; factor != 0.0F && t < span.t_end; t++) {
        for (size_t b = span.b_begin; b < span.b_end; b++) {
            add_scaled(rows_at(y, t, b), factor, top->hidden, rows_at(dy, t, b));
        }
    }
}

/* Whether step t is in the window and goes on from the step before it, which is too. */
static bool follows(const struct layer *l, const int32_t *x, size_t t, size_t b) {
    return t > 0 && t < l->penalties.steps && !(l->has_end && x[t * l->batch + b] == l->end);
}

void penalties_add_slowness(const struct layer *l, const int32_t *x, size_t t, struct span span) {
    float factor = l->penalties.slowness;
    for (size_t b = span.b_begin; factor != 0.0F && b < span.b_end; b++) {
        float *dh = l->dh + b * l->hidden;
        for (size_t i = t; i <= t + 1;
             i++) { /* the changes in step t, which makes h, and after it */
            if (follows(l, x, i, b)) {
                float side = i == t ? factor : -factor;
                add_scaled(rows_at(&l->h, i + 1, b), side, l->hidden, dh);
                add_scaled(rows_at(&l->h, i, b), -side, l->hidden, dh);
            }
        }
    }
}

/* Shorter gradients than this have vanished: their direction is rounding. */
static const double shortest = 1e-30;

void penalties_put_flow(const struct layer *l, size_t t, struct span span) {
    for (size_t b = span.b_begin; b < span.b_end && l->flow_h.data != NULL; b++) {
        const float *gates = rows_at(&l->gates, t, b);
        const float *h = rows_at(&l->h_before, t, b);
        const float *dh = l->dh + b * l->hidden;
        float *out = rows_at(&l->flow_h, t, b);
        for (size_t j = 0; j < l->hidden; j++) {
            out[j] = dh[j] * (1 - h[j] * h[j]); /* u */
        }
        double from = sqrt(l->kernels->sum_of_squares(gates, l->hidden));
        double to = sqrt(l->kernels->sum_of_squares(out, l->hidden));
        bool flows = from > shortest && to > shortest;
        double factor = flows ? l->penalties.flow * (to / from - 1) / (from * to) : 0;
        for (size_t j = 0; j < l->hidden; j++) {
            double slope = factor * (double)out[j] * (double)(1 - h[j] * h[j]);
            out[j] = h[j] + (float)slope;
        }
    }
}
