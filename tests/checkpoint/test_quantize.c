#include "checkpoint/quantize.h"
#include "suites.h"

#include <float.h>

START_TEST(bf16_is_the_nearest) {
    static const struct {
        float value;
        uint16_t bits;
    } cases[] = {
        {0.0F, 0},
        {-0.0F, 0x8000},
        {1.0F, 0x3F80},
        {-2.5F, 0xC020},
        {0x1.00FFFEp0F, 0x3F80}, /* below the middle of two */
        {0x1.01p0F, 0x3F80},     /* the middle: the even one */
        {0x1.010002p0F, 0x3F81},
        {0x1.03p0F, 0x3F82},
        {0x1.FFp0F, 0x4000},
        {0x1p-149F, 0},
        {0x1p-133F, 1},
        {FLT_MAX, 0x7F7F},
        {-FLT_MAX, 0xFF7F},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint16_t bits;
        quantize_bf16(&cases[i].value, 1, &bits);
        ck_assert_msg(bits == cases[i].bits, "%a: %04x", (double)cases[i].value, bits);
    }
}
END_TEST

START_TEST(int8_is_the_nearest_multiple_of_the_scale) {
    static const float row[] = {-0.5F, 63.5F, 1, -1.5F, 0.24F, -0.26F, 0};
    static const int8_t expected[] = {-1, 127, 2, -3, 0, -1, 0};
    int8_t got[7];
    float scale = quantize_scale(row, 7);
    ck_assert_float_eq(scale, 0.5F);
    quantize_int8(row, 7, scale, got);
    ck_assert_mem_eq(got, expected, sizeof got);
}
END_TEST

/* The scale is positive, and no integer leaves its range. */
START_TEST(rows_without_a_usable_magnitude_are_zero) {
    static const float rows[][2] = {{0, -0.0F}, {0x1p-149F, -0x1p-149F}};
    for (size_t i = 0; i < 2; i++) {
        int8_t got[2] = {9, 9};
        float scale = quantize_scale(rows[i], 2);
        ck_assert_float_eq(scale, 1);
        quantize_int8(rows[i], 2, scale, got);
        ck_assert_int_eq(got[0], 0);
        ck_assert_int_eq(got[1], 0);
    }
    static const float tiny[] = {0x1p-119F, -0x1p-119F, FLT_MAX};
    int8_t got[2];
    float scale = quantize_scale(tiny, 2); /* 128 / 127 of the smallest normal float */
    ck_assert_float_eq(scale, 0x1p-119F / 127);
    quantize_int8(tiny, 2, scale, got);
    ck_assert_int_eq(got[0], 127);
    ck_assert_int_eq(got[1], -127);
    ck_assert_float_eq(quantize_scale(tiny, 3), FLT_MAX / 127);
    ck_assert_float_eq(quantize_scale(tiny, 0), 1);
}
END_TEST

Suite *quantize_suite(void) {
    Suite *suite = suite_create("quantize");
    TCase *test = tcase_create("quantize");
    tcase_add_test(test, bf16_is_the_nearest);
    tcase_add_test(test, int8_is_the_nearest_multiple_of_the_scale);
    tcase_add_test(test, rows_without_a_usable_magnitude_are_zero);
    suite_add_tcase(suite, test);
    return suite;
}
