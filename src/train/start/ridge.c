#include "train/start/ridge.h"

#include "base/arena.h"
#include "kernels/dispatch.h"
#include "nn/network.h"
#include "text/batches.h"
#include "train/text_errors.h"

#include <math.h>
#include <string.h>

#ifdef CHARNN_LAPACK
#include <lapacke.h>
#endif

/* Rows of one product, and windows that the factor is fitted on. */
enum { ROWS = 256, FITTED = 4 };

struct ridge {
    const struct trainer_parts *parts;
    const struct trainer_plan *plan;
    struct batches *batches;
    struct network *network;
    size_t width;     /* H and a constant 1, padded */
    size_t count;     /* of rows at present */
    double learned;   /* all rows so far */
    double *squares;  /* [width][width]: sums of s s^T */
    double *sums;     /* [V][width]: of s for each character; then the solution */
    float *rows;      /* [ROWS][width] */
    int32_t *targets; /* [ROWS] */
    float *products;  /* [width][width] */
    float *scratch;   /* [threads][CHARNN_OUTER_SCRATCH] */
    int32_t *x, *y;   /* [T][B] */
    float *nats;      /* [T][B] */
};

/* ---- memory ---------------------------------------------------------------------------------- */

/* No multiple of 128, see struct outer_product. */
static size_t width_of(const struct model *model) {
    size_t width = size_round_up(model->shape.hidden + 1, CHARNN_LANES);
    return width % 128 == 0 ? width + CHARNN_LANES : width;
}

static struct network_plan network_of(const struct trainer_plan *plan) {
    return (struct network_plan){.batch = plan->batch, .steps = plan->steps, .observed = true};
}

/* The arrays of `r`, from the arena, which only counts if it has no memory. */
static void lay_out(struct ridge *r, const struct model *model, const struct trainer_plan *plan,
                    size_t threads, struct arena *arena) {
    size_t width = width_of(model);
    size_t window = plan->batch * plan->steps;
    r->width = width;
    r->squares = arena_take(arena, width * width, sizeof *r->squares);
    r->sums = arena_take(arena, model->shape.vocab * width, sizeof *r->sums);
    r->rows = arena_take_floats(arena, ROWS, width, 1);
    r->targets = arena_take(arena, ROWS, sizeof *r->targets);
    r->products = arena_take_floats(arena, width, width, 1);
    r->scratch = arena_take_floats(arena, threads, CHARNN_OUTER_SCRATCH, 1);
    r->x = arena_take(arena, window, sizeof *r->x);
    r->y = arena_take(arena, window, sizeof *r->y);
    r->nats = arena_take_floats(arena, window, 1, 1);
}

size_t ridge_memory(const struct model *model, const struct trainer_plan *plan, size_t threads) {
    const struct network_plan network = network_of(plan);
    struct ridge counted = {0};
    struct arena arena = {0};
    lay_out(&counted, model, plan, threads, &arena);
    const size_t needs[] = {arena.used, network_memory(model, &network, threads)};
    return size_sum(needs, sizeof needs / sizeof needs[0]);
}

/* ---- the sums -------------------------------------------------------------------------------- */

/* Adds the rows to the sums, in the columns of this thread. */
static void add_task(void *context, size_t index, size_t count) {
    struct ridge *r = context;
    size_t inputs = r->parts->model->shape.hidden + 1;
    size_t begin;
    size_t end;
    thread_pool_share(r->width, CHARNN_LANES, index, count, &begin, &end);
    if (begin == end) {
        return;
    }
    kernels_current()->outer_product(&(struct outer_product){
        .pairs = {{r->rows, r->width, inputs, r->products, r->width}},
        .pair_count = 1,
        .b = r->rows,
        .ldb = r->width,
        .k = r->count,
        .n_begin = begin,
        .n_end = end,
        .scratch = r->scratch + index * CHARNN_OUTER_SCRATCH,
    });
    for (size_t i = 0; i < inputs; i++) {
        for (size_t j = begin; j < end; j++) {
            r->squares[i * r->width + j] += (double)r->products[i * r->width + j];
            r->products[i * r->width + j] = 0;
        }
    }
    for (size_t i = 0; i < r->count; i++) {
        double *sum = r->sums + (size_t)r->targets[i] * r->width;
        for (size_t j = begin; j < end; j++) {
            sum[j] += (double)r->rows[i * r->width + j];
        }
    }
}

static void add_rows(struct ridge *r) {
    thread_pool_run(r->parts->pool, add_task, r);
    r->learned += (double)r->count;
    r->count = 0;
}

/* What the decoder reads: the top layer, or with skip connections the sum of all. */
static void put_row(const struct ridge *r, size_t t, size_t b, float *row) {
    const struct model_shape *shape = &r->parts->model->shape;
    memset(row, 0, r->width * sizeof *row);
    for (size_t l = shape->skip ? 0 : shape->layers - 1; l < shape->layers; l++) {
        const float *h = network_observe_state(r->network, l, CHARNN_STATE_H, t, b);
        for (size_t j = 0; j < shape->hidden; j++) {
            row[j] += h[j];
        }
    }
    row[shape->hidden] = 1;
}

static void add_window(struct ridge *r) {
    size_t batch = r->plan->batch;
    network_forward(r->network, r->x, r->plan->steps);
    for (size_t i = 0; i < r->plan->steps * batch; i++) {
        if (r->y[i] >= 0) {
            put_row(r, i / batch, i % batch, r->rows + r->count * r->width);
            r->targets[r->count++] = r->y[i];
        }
        if (r->count == ROWS) {
            add_rows(r);
        }
    }
}

static void next_window(struct ridge *r) {
    if (batches_next(r->batches, r->x, r->y)) {
        network_reset_state(r->network);
    }
}

/* ---- the solution ---------------------------------------------------------------------------- */

const char *ridge_library(void) {
#ifdef CHARNN_LAPACK
    return "built in";
#else
    return NULL;
#endif
}

/* The rows of the sums become those of W and b; false if the equations have no solution. LAPACK
 * reads columns, which for a symmetric matrix are rows. */
static bool solve(struct ridge *r) {
    const struct model_shape *shape = &r->parts->model->shape;
    for (size_t i = 0; i < shape->hidden; i++) {
        r->squares[i * (r->width + 1)] += r->parts->settings->ridge * r->learned;
    }
#ifdef CHARNN_LAPACK
    return LAPACKE_dposv(LAPACK_COL_MAJOR, 'L', (lapack_int)(shape->hidden + 1),
                         (lapack_int)shape->vocab, r->squares, (lapack_int)r->width, r->sums,
                         (lapack_int)r->width) == 0;
#else
    return false;
#endif
}

/* The mean loss if the output is the solution times `factor`. */
static double try_factor(struct ridge *r, double factor) {
    const struct model *model = r->parts->model;
    const struct parameter *weight = model_decoder_weight(model);
    float *weights = parameter_value(&model->parameters, weight);
    float *bias = parameter_value(&model->parameters, model_decoder_bias(model));
    double sum = 0;
    size_t count = 0;
    for (size_t v = 0; v < model->shape.vocab; v++) {
        const double *row = r->sums + v * r->width;
        for (size_t j = 0; j < weight->inputs; j++) {
            weights[j * weight->stride + v] = (float)(factor * row[j]);
        }
        bias[v] = (float)(factor * row[weight->inputs]);
    }
    network_update_weights(r->network);
    batches_seek(r->batches, 0, 0);
    for (size_t w = 0; w < FITTED && w < batches_windows_per_epoch(r->batches); w++) {
        next_window(r);
        network_score(r->network, r->x, r->y, r->plan->steps, r->nats);
        for (size_t i = 0; i < r->plan->steps * r->plan->batch; i++) {
            sum += (double)r->nats[i];
            count += r->y[i] >= 0;
        }
    }
    return sum / (double)count;
}

/* Golden sections: the loss is convex in the factor. */
static struct ridge_result fit_factor(struct ridge *r) {
    const double part = (sqrt(5) - 1) / 2;
    double low = 0;
    double high = 100;
    while (high - low > 0.01) {
        double width = part * (high - low);
        if (try_factor(r, high - width) < try_factor(r, low + width)) {
            high = low + width;
        } else {
            low = high - width;
        }
    }
    double factor = (low + high) / 2;
    return (struct ridge_result){factor, try_factor(r, factor)};
}

static enum status fit(struct ridge *r, struct ridge_result *result, struct error *error) {
    for (size_t w = batches_windows_per_epoch(r->batches); w > 0; w--) {
        next_window(r);
        add_window(r);
    }
    add_rows(r);
    if (batches_changed(r->batches)) {
        return train_text_changed(0, error);
    }
    if (!solve(r)) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "--ridge %g: the equations of the output weights have no solution; use a "
                         "larger value",
                         r->parts->settings->ridge);
    }
    *result = fit_factor(r);
    return CHARNN_OK;
}

enum status ridge_fit(const struct trainer_parts *parts, const struct trainer_plan *plan,
                      struct ridge_result *result, struct error *error) {
    const struct network_plan network = network_of(plan);
    size_t threads = thread_pool_size(parts->pool);
    struct ridge r = {.parts = parts, .plan = plan};
    struct arena arena = {0};
    lay_out(&r, parts->model, plan, threads, &arena);
    if (arena_allocate(&arena, "the ridge regression", error) != CHARNN_OK) {
        return error->status;
    }
    void *memory = arena.block;
    lay_out(&r, parts->model, plan, threads, &arena);
    enum status status =
        batches_create(parts->corpus, parts->vocab, plan->splits[CHARNN_SPLIT_TRAIN], plan->batch,
                       plan->steps, parts->settings->seed, &r.batches, error);
    if (status == CHARNN_OK) {
        status = network_create(parts->model, parts->pool, &network, &r.network, error);
    }
    if (status == CHARNN_OK) {
        status = fit(&r, result, error);
    }
    network_destroy(r.network);
    batches_destroy(r.batches);
    memory_free(memory);
    return status;
}
