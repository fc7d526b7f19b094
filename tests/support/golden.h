/*
 * Reads the golden values that golden/make_golden.py computed with PyTorch, and generates the same
 * inputs. That script describes the files. Errors fail the running test.
 */
#ifndef CHARNN_TESTS_SUPPORT_GOLDEN_H
#define CHARNN_TESTS_SUPPORT_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;

/* The inputs of all golden cases; also a source of arbitrary numbers for other tests. */
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

/* The case at `index`. Release it with golden_case_deinit() before closing the file. */
void golden_case_init(struct golden_case *golden, const struct golden_file *file, size_t index);
void golden_case_deinit(struct golden_case *golden);

/* A setting of a case, 0 if it is not set. */
double golden_setting(const struct golden_case *golden, const char *name);

/* A tensor of a case with `elements` elements; valid until the file is closed. */
const double *golden_tensor(const struct golden_file *file, const struct golden_case *golden,
                            const char *name, size_t elements);

#endif
