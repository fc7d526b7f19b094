/*
 * Golden values made with PyTorch: what golden/make_golden.py wrote, and the generator of the
 * inputs that it used. The layout of the files is described there. Trouble fails the running test.
 */
#ifndef CHARNN_TESTS_SUPPORT_GOLDEN_H
#define CHARNN_TESTS_SUPPORT_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;

/* The inputs of every case come from here; also a source of arbitrary numbers for other tests. */
struct generator {
    uint32_t state; /* 1 at the start of a case */
};

/* In [-0.5, 0.5), exact in float. */
double generator_number(struct generator *generator);

/* In 0..limit-1. */
int32_t generator_symbol(struct generator *generator, size_t limit);

void generator_numbers(struct generator *generator, double *values, size_t count);
void generator_symbols(struct generator *generator, size_t limit, int32_t *values, size_t count);

struct golden_file {
    unsigned char *bytes;
    struct cJSON *header;
    size_t data_begin; /* of the tensors, in `bytes` */
    size_t size;
};

/* Reads tests/golden/<name>, relative to the top of the source tree. */
void golden_open(struct golden_file *file, const char *name);
void golden_close(struct golden_file *file);

struct golden_case {
    const char *name;
    const char *cell;
    bool peephole;
    size_t vocab, hidden, layers, batch, steps; /* V, H, L, B, T */
    struct cJSON *settings;
};

size_t golden_case_count(const struct golden_file *file);

/* The case at `index`; released with golden_case_deinit() before the file is closed. */
void golden_case_init(struct golden_case *golden, const struct golden_file *file, size_t index);
void golden_case_deinit(struct golden_case *golden);

/* A setting of a case, 0 where it has none of that name. */
double golden_setting(const struct golden_case *golden, const char *name);

/* A tensor of a case, which must have that many elements; valid until the file is closed. */
const double *golden_tensor(const struct golden_file *file, const struct golden_case *golden,
                            const char *name, size_t elements);

#endif
