#include "nn/parameters.h"

#include "base/memory.h"
#include "kernels/dispatch.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* At most CHARNN_LANES outputs that are contiguous in a flat array. */
struct run {
    size_t offset; /* of the first output at input 0 */
    size_t count;
};

static struct run run_at(const struct parameter *p, size_t first, size_t end) {
    assert(p->block_size > 0);
    size_t in_block = first % p->block_size;
    size_t count = p->block_size - in_block;
    count = count < end - first ? count : end - first;
    return (struct run){
        .offset = p->offset + first / p->block_size * p->block_stride + in_block,
        .count = count < CHARNN_LANES ? count : CHARNN_LANES,
    };
}

void parameter_export(const struct parameter *p, const float *flat, float *out) {
    assert(p->type == CHARNN_WEIGHTS_F32);
    size_t outputs = parameter_outputs(p);
    for (size_t o = 0; o < outputs;) {
        struct run run = run_at(p, o, outputs);
        for (size_t i = 0; i < p->inputs; i++) {
            const float *from = flat + run.offset + i * p->stride;
            for (size_t r = 0; r < run.count; r++) {
                out[(o + r) * p->inputs + i] = from[r];
            }
        }
        o += run.count;
    }
}

enum { QUAD = 4 };
_Static_assert(CHARNN_LANES % QUAD == 0, "a square consists of quads");
typedef float quad __attribute__((vector_size(QUAD * sizeof(float))));

#if defined(__clang__) || __GNUC__ >= 12
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int32_t quad_index __attribute__((vector_size(QUAD * sizeof(int32_t))));
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (quad_index){__VA_ARGS__})
#endif

static quad quad_load(const float *values) {
    quad loaded;
    memcpy(&loaded, values, sizeof loaded);
    return loaded;
}

static void quad_store(float *values, quad stored) {
    memcpy(values, &stored, sizeof stored);
}

/* Transposes a square of CHARNN_LANES rows. Memory is the bottleneck, so wider vectors would gain
 * little. */
static void transpose_square(const float *in, size_t in_stride, float *out, size_t out_stride) {
    for (size_t i = 0; i < CHARNN_LANES; i += QUAD) {
        for (size_t r = 0; r < CHARNN_LANES; r += QUAD) {
            const float *from = in + r * in_stride + i;
            float *to = out + i * out_stride + r;
            quad a = quad_load(from);
            quad b = quad_load(from + in_stride);
            quad c = quad_load(from + 2 * in_stride);
            quad d = quad_load(from + 3 * in_stride);
            quad ab_low = SHUFFLE(a, b, 0, 4, 1, 5);
            quad ab_high = SHUFFLE(a, b, 2, 6, 3, 7);
            quad cd_low = SHUFFLE(c, d, 0, 4, 1, 5);
            quad cd_high = SHUFFLE(c, d, 2, 6, 3, 7);
            quad_store(to, SHUFFLE(ab_low, cd_low, 0, 1, 4, 5));
            quad_store(to + out_stride, SHUFFLE(ab_low, cd_low, 2, 3, 6, 7));
            quad_store(to + 2 * out_stride, SHUFFLE(ab_high, cd_high, 0, 1, 4, 5));
            quad_store(to + 3 * out_stride, SHUFFLE(ab_high, cd_high, 2, 3, 6, 7));
        }
    }
}

/* The rows of `out` are too far apart for the hardware prefetcher. */
static void prefetch_square(const float *out, size_t out_stride) {
    for (size_t i = 0; i < CHARNN_LANES; i++) {
        __builtin_prefetch(out + i * out_stride, 1);
    }
}

/* Imports the inputs [begin, end) of `count` outputs. */
static void import_inputs(const struct parameter *p, size_t first, size_t count, const float *in,
                          size_t begin, size_t end, float *flat) {
    const size_t ahead = (size_t)2 * CHARNN_LANES;
    struct run run;
    for (size_t o = 0; o < count; o += run.count) {
        run = run_at(p, first + o, first + count);
        const float *from = in + o * p->inputs;
        float *to = flat + run.offset;
        if (run.count == CHARNN_LANES && end - begin == CHARNN_LANES) {
            if (o + ahead < count) {
                prefetch_square(to + begin * p->stride + ahead, p->stride);
            }
            transpose_square(from + begin, p->inputs, to + begin * p->stride, p->stride);
            continue;
        }
        for (size_t i = begin; i < end; i++) {
            for (size_t r = 0; r < run.count; r++) {
                to[i * p->stride + r] = from[r * p->inputs + i];
            }
        }
    }
}

void parameter_import(const struct parameter *p, size_t first, size_t count, const float *in,
                      float *flat) {
    for (size_t i = 0; i < p->inputs; i += CHARNN_LANES) {
        size_t end = p->inputs - i < CHARNN_LANES ? p->inputs : i + CHARNN_LANES;
        import_inputs(p, first, count, in, i, end, flat);
    }
}

/* Outputs of one panel that are contiguous in a packed matrix. */
struct packed_run {
    size_t column;       /* of the first output */
    size_t panel, width; /* the first column of the panel, and its columns */
    size_t count;
};

static struct packed_run packed_run_at(const struct parameter *p, size_t first, size_t end) {
    const struct run run = run_at(p, first, end);
    size_t column = run.offset - p->offset;
    size_t panel = column / CHARNN_PANEL * CHARNN_PANEL;
    size_t width = p->stride - panel < CHARNN_PANEL ? p->stride - panel : CHARNN_PANEL;
    size_t left = panel + width - column;
    return (struct packed_run){column, panel, width, run.count < left ? run.count : left};
}

void parameter_import_bf16(const struct parameter *p, size_t first, size_t count, const void *in,
                           float *flat) {
    enum { BYTES = 2 };
    unsigned char *panels = (unsigned char *)(flat + p->offset);
    struct packed_run run;
    for (size_t o = 0; o < count; o += run.count) {
        run = packed_run_at(p, first + o, first + count);
        const unsigned char *from = (const unsigned char *)in + o * p->inputs * BYTES;
        unsigned char *to = panels + (run.panel * p->inputs + run.column - run.panel) * BYTES;
        for (size_t i = 0; i < p->inputs; i++) {
            for (size_t r = 0; r < run.count; r++) {
                memcpy(to + (i * run.width + r) * BYTES, from + (r * p->inputs + i) * BYTES, BYTES);
            }
        }
    }
}

void parameter_import_int8(const struct parameter *p, size_t first, size_t count, const int8_t *in,
                           const float *scales, float *flat) {
    size_t depth = size_round_up(p->inputs, CHARNN_INT8_QUAD);
    float *floats = flat + p->offset;
    float *all_scales = floats + parameter_panel_floats(p);
    int32_t *corrections = (int32_t *)(void *)(all_scales + p->stride);
    struct packed_run run;
    for (size_t o = 0; o < count; o += run.count) {
        run = packed_run_at(p, first + o, first + count);
        int8_t *packed =
            (int8_t *)floats + run.panel * depth + (run.column - run.panel) * CHARNN_INT8_QUAD;
        kernels_current()->pack_int8(in + o * p->inputs, p->inputs, run.count, run.width, packed,
                                     corrections + run.column);
        memcpy(all_scales + run.column, scales + o, run.count * sizeof *scales);
    }
}

const struct parameter *parameters_find(const struct parameters *parameters, const char *name) {
    for (size_t i = 0; i < parameters->count; i++) {
        if (strcmp(parameters->table[i].name, name) == 0) {
            return &parameters->table[i];
        }
    }
    return NULL;
}
