#include "support/guarded.h"
#include "suites.h"

#include "base/random.h"

#include <check.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* malloc aligns to 16 bytes; 9 floats before `data` leave it aligned to 4 bytes only. */
enum { BEFORE = 9, AFTER = 40, WHAT_LENGTH = 200 };

static const uint32_t guard_bits = 0x7FA5A5A5;

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

float noise_number(struct noise *noise) {
    uint32_t words[4];
    random_words(7, CHARNN_RANDOM_WEIGHTS, noise->drawn / 4, 0, 0, words);
    uint32_t word = words[noise->drawn++ % 4];
    return 2 * random_to_unit_float(word) - 1;
}

static void allocate(struct guarded *guarded, size_t count, size_t after) {
    guarded->count = count;
    guarded->total = BEFORE + count + after;
    guarded->memory = malloc(guarded->total * sizeof *guarded->memory);
    assert_each(guarded->memory != NULL, "out of memory");
    guarded->data = guarded->memory + BEFORE;
    for (size_t i = 0; i < guarded->total; i++) {
        memcpy(&guarded->memory[i], &guard_bits, sizeof guard_bits);
    }
}

void guarded_init(struct guarded *guarded, size_t count) {
    allocate(guarded, count, AFTER);
}

void guarded_init_input(struct guarded *guarded, size_t count) {
    allocate(guarded, count, 0);
}

void guarded_init_copy(struct guarded *guarded, const struct guarded *from) {
    allocate(guarded, from->count, from->total - BEFORE - from->count);
    memcpy(guarded->memory, from->memory, from->total * sizeof *from->memory);
}

void guarded_deinit(struct guarded *guarded) {
    free(guarded->memory);
}

void guarded_fill(struct guarded *guarded, size_t rows, size_t columns, size_t stride,
                  struct noise *noise) {
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            guarded->data[row * stride + column] = noise_number(noise);
        }
    }
}

void guarded_fill_all(struct guarded *guarded, struct noise *noise) {
    guarded_fill(guarded, 1, guarded->count, 0, noise);
}

void guarded_set_all(struct guarded *guarded, float value) {
    for (size_t i = 0; i < guarded->count; i++) {
        guarded->data[i] = value;
    }
}

static bool is_near(float got, float expected, struct tolerance tolerance) {
    if (bits_of(got) == bits_of(expected)) {
        return true;
    }
    if (bits_of(got) == guard_bits || bits_of(expected) == guard_bits) {
        return false;
    }
    double allowed = tolerance.absolute + tolerance.relative * fabs((double)expected);
    return (isnan(got) && isnan(expected)) || fabs((double)got - (double)expected) <= allowed;
}

/* NULL tolerance: same bits. One assertion for all elements: each costs Check a system call. */
static void compare(const struct guarded *got, const struct guarded *expected,
                    const struct tolerance *tolerance, const char *what, va_list arguments) {
    assert_each(got->count == expected->count, "%zu and %zu numbers", got->count, expected->count);
    size_t i = 0;
    while (i < got->total &&
           (tolerance == NULL ? bits_of(got->memory[i]) == bits_of(expected->memory[i])
                              : is_near(got->memory[i], expected->memory[i], *tolerance))) {
        i++;
    }
    if (i < got->total) {
        char name[WHAT_LENGTH];
        (void)vsnprintf(name, sizeof name, what, arguments);
        ck_abort_msg("%s: element %ld of %zu is %.9g (%#x), not %.9g (%#x)", name, (long)i - BEFORE,
                     got->count, (double)got->memory[i], bits_of(got->memory[i]),
                     (double)expected->memory[i], bits_of(expected->memory[i]));
    }
}

void assert_guarded_same(const struct guarded *got, const struct guarded *expected,
                         const char *what, ...) {
    va_list arguments;
    va_start(arguments, what);
    compare(got, expected, NULL, what, arguments);
    va_end(arguments);
}

void assert_guarded_near(const struct guarded *got, const struct guarded *expected,
                         struct tolerance tolerance, const char *what, ...) {
    va_list arguments;
    va_start(arguments, what);
    compare(got, expected, &tolerance, what, arguments);
    va_end(arguments);
}
