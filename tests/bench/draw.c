/* Drawing one of 20,000 symbols from logits, with each filter, as cases. */
#include "base/memory.h"
#include "bench.h"
#include "hooks.h"
#include "infer/sampler.h"

#include <math.h>

enum { VOCAB = 20000, ROWS = 8, DRAWS = 16 };

struct draw_case {
    const char *name;
    struct sampler_settings settings;
    bool forbids; /* forbids a symbol */
    bool flat;    /* all symbols have about the same probability */
};

#define TEMPERATURE .temperatures = {1, {1}}

static const struct draw_case draw_cases[] = {
    {"plain", {TEMPERATURE}, false, false},
    {"argmax", {TEMPERATURE, .argmax = true}, false, false},
    {"forbid", {TEMPERATURE}, true, false},
    {"penalty", {TEMPERATURE, .repetition_penalty = 1.2, .repetition_window = 16}, false, false},
    {"top-k-40", {TEMPERATURE, .top_k = 40}, false, false},
    {"top-k-5000", {TEMPERATURE, .top_k = 5000}, false, false},
    {"top-p", {TEMPERATURE, .top_p = 0.9}, false, false},
    {"top-p-flat", {TEMPERATURE, .top_p = 0.9}, false, true},
    {"min-p", {TEMPERATURE, .min_p = 0.05}, false, false},
    {"all",
     {TEMPERATURE, .repetition_penalty = 1.2, .repetition_window = 16, .top_k = 5000, .top_p = 0.9,
      .min_p = 0.05},
     true,
     false},
    {"all-flat",
     {TEMPERATURE, .repetition_penalty = 1.2, .repetition_window = 16, .top_k = 15000, .top_p = 0.9,
      .min_p = 0.05},
     true,
     true},
};

struct draw_state {
    struct sampler_settings settings;
    struct sampler *sampler;
    bool allowed[VOCAB];
    float logits[ROWS][VOCAB];
    int32_t ids[DRAWS]; /* drawn last */
};

/* Logits about normally distributed, with a standard deviation of 3, as from a trained model; or of
 * 0.2, as from an untrained model or at a high temperature. */
static void fill_logits(struct draw_state *s, bool flat) {
    static float summand[VOCAB];
    float deviation = flat ? 0.2F : 3;
    for (size_t row = 0; row < ROWS; row++) {
        for (uint64_t n = 0; n < 4; n++) {
            bench_fill(summand, VOCAB, row * 4 + n);
            for (size_t i = 0; i < VOCAB; i++) { /* each term has the variance 1/3 */
                s->logits[row][i] += summand[i] * deviation * sqrtf(0.75F);
            }
        }
    }
}

static void draw_destroy(void *state) {
    struct draw_state *s = state;
    if (s != NULL) {
        sampler_destroy(s->sampler);
        memory_free(s);
    }
}

static enum status draw_create(const struct bench_case *bench_case, struct thread_pool *pool,
                               void **state, struct bench_work *work, struct error *error) {
    (void)pool;
    const struct draw_case *row = &draw_cases[bench_case->index];
    void *memory;
    if (memory_allocate(1, sizeof(struct draw_state), "the case", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct draw_state *s = memory;
    s->settings = row->settings;
    s->settings.seed = 123;
    for (size_t i = 0; i < VOCAB; i++) {
        s->allowed[i] = i != 77;
    }
    s->settings.allowed = row->forbids ? s->allowed : NULL;
    fill_logits(s, row->flat);
    if (sampler_create(&s->settings, VOCAB, 1, &s->sampler, error) != CHARNN_OK) {
        draw_destroy(s);
        return error->status;
    }
    *work = (struct bench_work){.items = DRAWS};
    *state = s;
    return CHARNN_OK;
}

static enum status draw_all(struct draw_state *s, struct sampler *sampler, struct error *error) {
    for (size_t i = 0; i < DRAWS; i++) {
        if (sampler_draw(sampler, 0, s->logits[i % ROWS], &s->ids[i], error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status draw_run(void *state, struct error *error) {
    struct draw_state *s = state;
    return draw_all(s, s->sampler, error);
}

/* The reference kernels must draw the same symbols. */
static enum status draw_check(void *state, struct error *error) {
    struct draw_state *s = state;
    struct sampler *reference;
    int32_t expected[DRAWS];
    hooks_set_kernels(hooks_reference_kernels());
    enum status status = sampler_create(&s->settings, VOCAB, 1, &reference, error);
    if (status == CHARNN_OK) {
        status = draw_all(s, reference, error);
        sampler_destroy(reference);
    }
    hooks_set_kernels(NULL);
    for (size_t i = 0; i < DRAWS; i++) {
        expected[i] = s->ids[i];
    }
    if (status == CHARNN_OK) {
        status = draw_run(s, error);
    }
    for (size_t i = 0; status == CHARNN_OK && i < DRAWS; i++) {
        if (s->ids[i] != expected[i]) {
            return error_set(error, CHARNN_ERROR_DATA,
                             "draw %zu is %d, but the reference kernels give %d", i, (int)s->ids[i],
                             (int)expected[i]);
        }
    }
    return status;
}

static const struct bench_kind draw_kind = {
    .name = "draw",
    .unit = "characters",
    .create = draw_create,
    .check = draw_check,
    .run = draw_run,
    .destroy = draw_destroy,
};

enum status draw_add_cases(struct bench_list *list, struct error *error) {
    for (size_t i = 0; i < sizeof draw_cases / sizeof draw_cases[0]; i++) {
        const struct bench_case row = {
            .kind = &draw_kind, .threads = 1, .level = CHARNN_BENCH_ALL, .index = i};
        if (bench_list_add(list, row, draw_cases[i].name, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}
