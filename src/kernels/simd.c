/*
 * The kernels, compiled once for each instruction set; contracts in kernels.h.
 */
#include "kernels/kernels.h"

#include "base/math.h"
#include "base/random.h"
#include "kernels/sets.h"
#include "kernels/tile.h"
#include "kernels/vec.h"
#include "kernels/weights.h"

#include <assert.h>

static size_t panel_width(size_t n, size_t column) {
    return n - column < CHARNN_PANEL ? n - column : CHARNN_PANEL;
}

/* The tile at the top of repeat r's columns from j on. */
static struct tile product_tile(const struct product *p, size_t r, size_t j) {
    return (struct tile){
        .a = p->a + r * p->a_step,
        .row_step = p->lda,
        .k_step = 1,
        .b = p->b + j * p->k,
        .b_step = panel_width(p->n, j),
        .start = p->start != NULL ? p->start + r * p->start_step + j : NULL,
        .start_stride = p->start_stride,
        .start_rows = p->start_rows,
        .c = p->c + r * p->c_step + j,
        .ldc = p->ldc,
        .k = p->k,
    };
}

/* Of that tile, the terms [k, k + depth); what the earlier ones gave is in C. */
static struct tile product_block(const struct product *p, size_t r, size_t j, size_t k,
                                 size_t depth) {
    struct tile t = product_tile(p, r, j);
    t.a += k;
    t.b += k * t.b_step;
    t.k = depth;
    if (k > 0) {
        t.start = t.c;
        t.start_stride = t.ldc;
        t.start_rows = NULL;
    }
    return t;
}

/* out[j] += a[0] b[0][j] + ... + a[count - 1] b[count - 1][j], in this order. */
KERNEL_INLINE void add_rows(const float *a, const float *b, size_t ldb, const size_t count,
                            size_t n, float *out) {
    for (size_t j = 0; j < n; j += VEC_WIDTH) {
        vec sum = vec_load(out + j);
        for (size_t k = 0; k < count; k++) {
            sum = vec_fma(vec_set(a[k]), vec_load(b + k * ldb + j), sum);
        }
        vec_store(out + j, sum);
    }
}

/* One row by a plain B, which is read from its beginning to its end. */
static void plain_product(const struct product *p, size_t r) {
    enum { ROWS = 8 };
    const float *a = p->a + r * p->a_step;
    float *c = p->c + r * p->c_step;
    if (p->start == NULL) {
        memset(c, 0, p->n * sizeof *c);
    } else if (p->start != p->c) {
        size_t row = p->start_rows != NULL ? (size_t)p->start_rows[0] : 0;
        memcpy(c, p->start + r * p->start_step + row * p->start_stride, p->n * sizeof *c);
    }
    size_t k = 0;
    for (; k + ROWS <= p->k; k += ROWS) {
        add_rows(a + k, p->b + k * p->ldb, p->ldb, ROWS, p->n, c);
    }
    for (; k < p->k; k++) {
        add_rows(a + k, p->b + k * p->ldb, p->ldb, 1, p->n, c);
    }
}

/*
 * The panel at column j, all repeats, in blocks of rows of B that stay in the first cache while all
 * strips use them; each fetches the one behind it.
 */
static void product_panel(const struct product *p, size_t j) {
    size_t width = panel_width(p->n, j);
    size_t blocks = p->k > 0 ? (p->k + TILE_DEPTH - 1) / TILE_DEPTH : 1;
    size_t k = 0;
    for (size_t block = 0; block < blocks; block++) {
        size_t depth = even_share(p->k, blocks, block);
        bool last = block + 1 == blocks;
        for (size_t r = 0; r < p->repeats; r++) {
            struct tile t = product_block(p, r, j, k, depth);
            const float *next = NULL;
            size_t next_width = width;
            if (r + 1 < p->repeats) {
                next = t.c + p->c_step;
            } else if (last && j + width < p->n) {
                next = t.c + width;
                next_width = panel_width(p->n, j + width);
            }
            t.ahead = r == 0 && !(last && j + width >= p->n) ? (ptrdiff_t)(depth * width) : 0;
            tile_column(t, p->m, width, next, next_width, TILE_OF_ROWS);
        }
        k += depth;
    }
}

static void product(const struct product *p) {
    if (p->ldb > 0) {
        assert(p->m <= 1);
        for (size_t r = 0; p->m == 1 && r < p->repeats; r++) {
            plain_product(p, r);
        }
        return;
    }
    size_t j = 0;
#if !defined(KERNEL_SCALAR)
    for (; p->m == 1 && p->repeats == 1 && j + ROW_WIDTH <= p->n; j += ROW_WIDTH) {
        const struct tile t = product_tile(p, 0, j);
        tile_row(&t);
    }
#endif
    for (; j < p->n; j += CHARNN_PANEL) {
        product_panel(p, j);
    }
}

static void add(const float *in, size_t count, float *out) {
    for (size_t j = 0; j < count; j++) {
        out[j] += in[j];
    }
}

/*
 * Packs rows [k_begin, k_begin + rows) of B's columns [j, j + columns) as panels, one after the
 * other, and adds the columns to `sums`, the first of which is column j's. Row by row, because that
 * is how B lies in memory; and each fetches the row AHEAD of it, because rows are too far apart for
 * the processor to guess.
 */
static void pack_columns(const struct outer_product *p, size_t k_begin, size_t rows, size_t j,
                         size_t columns, float *sums) {
    enum { AHEAD = 4 };
    for (size_t k = 0; k < rows; k++) {
        const float *row = p->b + (k_begin + k) * p->ldb + j;
        const float *later = k_begin + k + AHEAD < p->k ? row + AHEAD * p->ldb : row;
        for (size_t column = 0; column < columns; column += CHARNN_PANEL) {
            size_t width = panel_width(columns, column);
            float *packed = p->scratch + column * rows + k * width;
            tile_prefetch(later + column, 0, 1, width);
            for (size_t v = 0; v < width; v += VEC_WIDTH) {
                vec x = vec_load(row + column + v);
                vec_store(packed + v, x);
                vec_store(sums + column + v, vec_load(sums + column + v) + x);
            }
        }
    }
}

/*
 * Adds to columns [j, j + columns) of C what the packed rows give; `a` is the first of their rows
 * of A. A panel stays in the first cache while it goes down C; A is read where it lies.
 */
static void outer_panels(const struct outer_product *p, const struct outer_pair *pair,
                         const float *a, size_t rows, size_t j, size_t columns) {
    for (size_t column = 0; column < columns; column += CHARNN_PANEL) {
        size_t width = panel_width(columns, column);
        size_t next = column + width;
        float *c = pair->c + j + column;
        const struct tile t = {
            .a = a,
            .row_step = 1,
            .k_step = pair->lda,
            .b = p->scratch + column * rows,
            .b_step = width,
            .start = c,
            .start_stride = pair->ldc,
            .c = c,
            .ldc = pair->ldc,
            .k = rows,
        };
        tile_column(t, pair->m, width, next < columns ? c + width : NULL,
                    panel_width(columns, next), TILE_OF_COLUMNS);
    }
}

/* The columns [j, j + columns) of the rows [k, k_end). */
static void outer_block(const struct outer_product *p, size_t k, size_t k_end, size_t j,
                        size_t columns) {
    float sums[CHARNN_OUTER_COLUMNS] = {0};
    while (k < k_end) {
        size_t rows = k_end - k < CHARNN_OUTER_ROWS ? k_end - k : CHARNN_OUTER_ROWS;
        pack_columns(p, k, rows, j, columns, sums);
        for (size_t i = 0; i < p->pair_count; i++) {
            const struct outer_pair *pair = &p->pairs[i];
            outer_panels(p, pair, pair->a + k * pair->lda, rows, j, columns);
        }
        k += rows;
    }
    for (size_t s = 0; s < 2; s++) {
        if (p->column_sums[s] != NULL) {
            add(sums, columns, p->column_sums[s] + j);
        }
    }
}

static void outer_product(const struct outer_product *p) {
    for (size_t k = 0; k < p->k; k += CHARNN_SUM_ROWS) {
        size_t k_end = p->k - k < CHARNN_SUM_ROWS ? p->k : k + CHARNN_SUM_ROWS;
        for (size_t j = p->n_begin; j < p->n_end; j += CHARNN_OUTER_COLUMNS) {
            size_t columns =
                p->n_end - j < CHARNN_OUTER_COLUMNS ? p->n_end - j : CHARNN_OUTER_COLUMNS;
            outer_block(p, k, k_end, j, columns);
        }
    }
}

static void pack(const float *b, size_t ldb, size_t k, size_t n, float *packed) {
    for (size_t j = 0; j < n; j += CHARNN_PANEL) {
        size_t width = panel_width(n, j);
        for (size_t i = 0; i < k; i++) {
            for (size_t v = 0; v < width; v += VEC_WIDTH) {
                vec_store(packed + v, vec_load(b + i * ldb + j + v));
            }
            packed += width;
        }
    }
}

static void pack_transposed(const float *s, size_t lds, size_t k, size_t n, float *packed) {
    size_t padded = (n + CHARNN_KERNEL_LANES - 1) / CHARNN_KERNEL_LANES * CHARNN_KERNEL_LANES;
    for (size_t j = 0; j < padded; j += CHARNN_PANEL) {
        size_t width = panel_width(padded, j);
        for (size_t i = 0; i < k; i += CHARNN_KERNEL_LANES) {
            size_t depth = k - i < CHARNN_KERNEL_LANES ? k - i : CHARNN_KERNEL_LANES;
            for (size_t column = 0; column < width; column++) {
                const float *source = j + column < n ? s + (j + column) * lds + i : NULL;
                for (size_t d = 0; d < depth; d++) {
                    packed[(i + d) * width + column] = source != NULL ? source[d] : 0.0F;
                }
            }
        }
        packed += k * width;
    }
}

/* Lanes folded in halves: ((0+8)+(4+12)) + ..., the same for every set. */
static float add_lanes(float lanes[CHARNN_KERNEL_LANES]) {
    for (size_t half = CHARNN_KERNEL_LANES / 2; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++) {
            lanes[i] += lanes[i + half];
        }
    }
    return lanes[0];
}

/* Where there is a NaN, any number or NaN: the exponentials are NaN at that place all the same. */
static float row_maximum(const float *row, size_t count) {
    float lanes[CHARNN_KERNEL_LANES];
    for (size_t v = 0; v < CHARNN_KERNEL_LANES; v += VEC_WIDTH) {
        vec maximum = vec_load(row + v);
        for (size_t j = CHARNN_KERNEL_LANES; j < count; j += CHARNN_KERNEL_LANES) {
            maximum = vec_at_least(maximum, vec_load(row + j + v));
        }
        vec_store(lanes + v, maximum);
    }
    for (size_t half = CHARNN_KERNEL_LANES / 2; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++) {
            lanes[i] = lanes[i] > lanes[i + half] ? lanes[i] : lanes[i + half];
        }
    }
    return lanes[0];
}

static void exponentials(const float *logits, size_t count, float maximum,
                         float inverse_temperature, float *out) {
    const vec m = vec_set(maximum);
    const vec scale_by = vec_set(inverse_temperature);
    for (size_t j = 0; j < count; j += VEC_WIDTH) {
        vec x = (vec_load(logits + j) - m) * scale_by;
        vec_store(out + j, vec_exp_negative(vec_at_least(vec_set(-87.0F), x)));
    }
}

static float row_sum(const float *row, size_t count) {
    float lanes[CHARNN_KERNEL_LANES];
    for (size_t v = 0; v < CHARNN_KERNEL_LANES; v += VEC_WIDTH) {
        vec sum = vec_set(0.0F);
        for (size_t j = v; j < count; j += CHARNN_KERNEL_LANES) {
            sum += vec_load(row + j);
        }
        vec_store(lanes + v, sum);
    }
    return add_lanes(lanes);
}

static void scale(float *values, size_t count, float factor) {
    for (size_t j = 0; j < count; j++) {
        values[j] *= factor;
    }
}

static void cross_entropy(float *logits, size_t ld, size_t rows, size_t vocab,
                          const int32_t *target, float gradient_scale, float *loss) {
    size_t padded = (vocab + CHARNN_KERNEL_LANES - 1) / CHARNN_KERNEL_LANES * CHARNN_KERNEL_LANES;
    for (size_t i = 0; i < rows; i++, logits += ld) {
        float of_target = target[i] >= 0 ? logits[target[i]] : 0.0F;
        for (size_t j = vocab; j < padded; j++) {
            logits[j] = logits[0]; /* so that padding does not raise the maximum */
        }
        float maximum = row_maximum(logits, padded);
        exponentials(logits, padded, maximum, 1.0F, logits);
        for (size_t j = vocab; j < padded; j++) {
            logits[j] = 0.0F;
        }
        float sum = row_sum(logits, padded);
        loss[i] = target[i] >= 0
                      ? (float)(math_log((double)sum) + ((double)maximum - (double)of_target))
                      : 0.0F;
        if (gradient_scale != 0.0F) {
            scale(logits, padded, gradient_scale / sum);
            if (target[i] >= 0) {
                logits[target[i]] -= gradient_scale;
            }
        }
    }
}

/* Philox4x32-10 as in base/random.c, for 16 consecutive counters at once. */
static void random_lanes(uint64_t seed, uint32_t first, uint32_t b, uint32_t c,
                         uint32_t words[4][CHARNN_KERNEL_LANES]) {
    for (uint32_t lane = 0; lane < CHARNN_KERNEL_LANES; lane++) {
        words[0][lane] = first + lane;
        words[1][lane] = b;
        words[2][lane] = c;
        words[3][lane] = CHARNN_RANDOM_DROPOUT;
    }
    uint32_t key0 = (uint32_t)seed;
    uint32_t key1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < 10; round++) {
        for (size_t lane = 0; lane < CHARNN_KERNEL_LANES; lane++) {
            uint64_t product0 = (uint64_t)RANDOM_MULTIPLIER_0 * words[0][lane];
            uint64_t product1 = (uint64_t)RANDOM_MULTIPLIER_1 * words[2][lane];
            uint32_t y0 = (uint32_t)(product1 >> 32) ^ words[1][lane] ^ key0;
            uint32_t y2 = (uint32_t)(product0 >> 32) ^ words[3][lane] ^ key1;
            words[1][lane] = (uint32_t)product1;
            words[3][lane] = (uint32_t)product0;
            words[0][lane] = y0;
            words[2][lane] = y2;
        }
        key0 += RANDOM_WEYL_0;
        key1 += RANDOM_WEYL_1;
    }
}

/*
 * Position p uses lane p % 16 of counter block p / 128, and of its eight 16-bit halves the one
 * numbered p / 16 % 8: neighbours are neighbouring counters, so nothing is transposed.
 */
static void dropout(const float *in, size_t count, float rate, uint64_t seed, const uint32_t at[3],
                    float *mask, float *out) {
    enum { GROUPS = 8 };
    const uint32_t threshold = (uint32_t)(rate * 65536.0F + 0.5F);
    const float keep = 1.0F / (1.0F - rate);
    uint32_t words[4][CHARNN_KERNEL_LANES];
    for (size_t j = 0; j < count; j += CHARNN_KERNEL_LANES) {
        size_t group = at[0] + j / CHARNN_KERNEL_LANES;
        size_t which = group % GROUPS;
        if (j == 0 || which == 0) {
            random_lanes(seed, (uint32_t)(group / GROUPS * CHARNN_KERNEL_LANES), at[1], at[2],
                         words);
        }
        for (size_t lane = 0; lane < CHARNN_KERNEL_LANES; lane++) {
            uint32_t half = (words[which / 2][lane] >> (which % 2 * 16)) & 0xFFFFU;
            float m = half < threshold ? 0.0F : keep;
            mask[j + lane] = m;
            out[j + lane] = in[j + lane] * m;
        }
    }
}

static void multiply(const float *in, size_t count, float *out) {
    for (size_t j = 0; j < count; j++) {
        out[j] *= in[j];
    }
}

static void column_dots(const float *a, size_t lda, const float *b, size_t ldb, size_t rows,
                        size_t n, float *out) {
    for (size_t j = 0; j < n; j += VEC_WIDTH) {
        vec sum = vec_load(out + j);
        for (size_t i = 0; i < rows; i++) {
            sum = vec_fma(vec_load(a + i * lda + j), vec_load(b + i * ldb + j), sum);
        }
        vec_store(out + j, sum);
    }
}

static void adam(const struct adam_update *u) {
    for (size_t j = 0; j < u->count; j++) {
        float g = u->gradient[j];
        float mean = u->beta1 * u->mean[j] + (1.0F - u->beta1) * g;
        float square = u->beta2 * u->square[j] + (1.0F - u->beta2) * (g * g);
        float step =
            mean * u->mean_correction / (sqrtf(square * u->square_correction) + u->epsilon);
        u->mean[j] = mean;
        u->square[j] = square;
        u->value[j] -= u->rate * (step + u->weight_decay * u->value[j]);
    }
}

static void rmsprop(const struct rmsprop_update *u) {
    for (size_t j = 0; j < u->count; j++) {
        float g = u->gradient[j];
        float square = u->decay * u->square[j] + (1.0F - u->decay) * (g * g);
        u->square[j] = square;
        u->value[j] -= u->rate * (g / (sqrtf(square) + u->epsilon) + u->weight_decay * u->value[j]);
    }
}

static void sgd(const struct sgd_update *u) {
    for (size_t j = 0; j < u->count; j++) {
        float velocity = u->momentum * u->velocity[j] + u->gradient[j];
        u->velocity[j] = velocity;
        u->value[j] -= u->rate * (velocity + u->weight_decay * u->value[j]);
    }
}

static void clip(float *values, size_t count, float limit) {
    for (size_t j = 0; j < count; j++) {
        float x = values[j];
        x = x > limit ? limit : x;
        values[j] = x < -limit ? -limit : x;
    }
}

static void average(const float *values, size_t count, float weight, float *out) {
    for (size_t j = 0; j < count; j++) {
        out[j] += (values[j] - out[j]) * weight;
    }
}

static double sum_of_squares(const float *values, size_t count) {
    double lanes[CHARNN_KERNEL_LANES] = {0};
    for (size_t j = 0; j < count; j += CHARNN_KERNEL_LANES) {
        for (size_t lane = 0; lane < CHARNN_KERNEL_LANES; lane++) {
            double x = (double)values[j + lane];
            lanes[lane] += x * x;
        }
    }
    double sum = 0;
    for (size_t lane = 0; lane < CHARNN_KERNEL_LANES; lane++) {
        sum += lanes[lane];
    }
    return sum;
}

static bool supported(void) {
#if defined(KERNEL_SCALAR) || defined(__aarch64__)
    return true;
#elif defined(__AVX512F__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
#elif defined(__AVX2__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
#else
    return __builtin_cpu_supports("sse4.2");
#endif
}

const struct kernels KERNEL_NAME(kernels) = {
    .name = KERNEL_TEXT,
    .supported = supported,
    .set = KERNEL_NAME(CHARNN_SET),
    .product = product,
    .outer_product = outer_product,
    .pack = pack,
    .pack_transposed = pack_transposed,
    .cross_entropy = cross_entropy,
    .exponentials = exponentials,
    .dropout = dropout,
    .add = add,
    .multiply = multiply,
    .column_dots = column_dots,
    .adam = adam,
    .rmsprop = rmsprop,
    .sgd = sgd,
    .clip = clip,
    .scale = scale,
    .average = average,
    .sum_of_squares = sum_of_squares,
    .weight_from = weight_from,
    .number_from = number_from,
    .leave_from = leave_from,
    .least_weight = least_weight,
};
