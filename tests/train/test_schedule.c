#include "suites.h"
#include "support/compare.h"
#include "train/schedule.h"

#include <math.h>

static const struct tolerance rounding = {.relative = 1e-14, .absolute = 1e-300};

/* char-rnn's defaults: rate 0.002, times 0.97 after each epoch from the tenth on. */
static const struct train_settings char_rnn = {
    .schedule = CHARNN_SCHEDULE_STEP,
    .learning_rate = 0.002,
    .learning_rate_decay = 0.97,
    .learning_rate_decay_after = 10,
    .learning_rate_decay_every = 1,
};

static void check_rate(const struct train_settings *settings, struct schedule_position position,
                       double expected) {
    double got = schedule_rate(settings, position);
    assert_doubles(&got, &expected, 1, rounding, "step %zu, epoch %.17g, progress %g",
                   position.step, position.epochs, position.progress);
}

/*
 * In train.lua, i counts windows from 1, and ntrain windows make an epoch. After window i, if
 * i % ntrain == 0 and i / ntrain >= learning_rate_decay_after, the rate is multiplied.
 */
START_TEST(step_is_char_rnns_sequence) {
    enum { NTRAIN = 7, EPOCHS = 50 };
    double rate = 0.002;
    for (size_t i = 1; i <= (size_t)NTRAIN * EPOCHS; i++) {
        struct schedule_position before = {
            .step = i - 1, .epochs = (double)(i - 1) / NTRAIN, .progress = 0.5};
        check_rate(&char_rnn, before, rate);
        if (i % NTRAIN == 0 && i / NTRAIN >= 10) {
            rate *= 0.97;
        }
    }
    ck_assert_double_eq_tol(rate, 0.002 * pow(0.97, 41), 1e-15);
}
END_TEST

START_TEST(step_decays_at_fractions_of_epochs) {
    struct train_settings s = char_rnn;
    s.learning_rate = 1;
    s.learning_rate_decay = 0.5;
    s.learning_rate_decay_after = 0.25;
    s.learning_rate_decay_every = 0.5;
    static const double expected[][2] = {{0, 1},         {0.2499, 1},     {0.25, 0.5},
                                         {0.7499, 0.5},  {0.75, 0.25},    {1.2499, 0.25},
                                         {1.25, 0.125},  {1.74, 0.125},   {1.75, 0.0625},
                                         {2.25, 0x1p-5}, {10.25, 0x1p-21}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        check_rate(&s, (struct schedule_position){.epochs = expected[i][0]}, expected[i][1]);
    }
}
END_TEST

START_TEST(step_may_begin_at_once) {
    struct train_settings s = char_rnn;
    s.learning_rate_decay_after = 0;
    check_rate(&s, (struct schedule_position){.epochs = 0}, 0.002 * 0.97);
    check_rate(&s, (struct schedule_position){.epochs = 1.5}, 0.002 * 0.97 * 0.97);
}
END_TEST

START_TEST(step_without_decay_is_constant) {
    struct train_settings s = char_rnn;
    s.learning_rate_decay = 1;
    check_rate(&s, (struct schedule_position){.epochs = 1e9, .step = 1000000}, 0.002);
}
END_TEST

/* A very long run must not make the loop endless. */
START_TEST(step_decays_to_nothing) {
    struct train_settings s = char_rnn;
    s.learning_rate_decay = 0.1;
    s.learning_rate_decay_every = 1e-6;
    ck_assert_double_eq(schedule_rate(&s, (struct schedule_position){.epochs = 1e9}), 0);
}
END_TEST

/* No interval makes it slow, and the number of decays is right however many there are. */
START_TEST(step_decays_any_number_of_times) {
    struct train_settings s = char_rnn;
    s.learning_rate = 1;
    s.learning_rate_decay_after = 0;
    s.learning_rate_decay = 1 - 0x1p-20;
    s.learning_rate_decay_every = 0x1p-20;
    static const double epochs[] = {0x1p-10, 0.009, 0.01, 1, 8};
    for (size_t i = 0; i < sizeof epochs / sizeof epochs[0]; i++) {
        double expected = exp((floor(epochs[i] * 0x1p20) + 1) * log1p(-0x1p-20));
        double got = schedule_rate(&s, (struct schedule_position){.epochs = epochs[i]});
        ck_assert_double_eq_tol(got, expected, 1e-9 * expected);
    }
    s.learning_rate_decay = 1 - 0x1p-53;
    s.learning_rate_decay_every = 1e-12;
    ck_assert_double_eq_tol(
        schedule_rate(&s, (struct schedule_position){.epochs = 4503.599627370496}), exp(-0.5),
        1e-6);
    s.learning_rate_decay_every = 0x1p-1022;
    ck_assert_double_lt(schedule_rate(&s, (struct schedule_position){.epochs = 1}), 1e-200);
    ck_assert_double_eq(schedule_rate(&s, (struct schedule_position){.epochs = 1, .since = 1}), 1);
}
END_TEST

/* A rate that was set at some time is not decayed for what came before. */
START_TEST(step_decays_since_the_rate_was_set) {
    struct train_settings s = char_rnn;
    s.learning_rate = 1;
    s.learning_rate_decay = 0.5;
    static const double expected[][3] = {
        /* since, epochs, rate */
        {5, 9, 1},       {5, 10, 0.5},    {10, 10, 1},         {10, 10.9, 1}, {10, 11, 0.5},
        {12.5, 12.5, 1}, {12.5, 13, 0.5}, {12.5, 15.5, 0.125}, {40, 39.5, 1}, {9.99, 10, 0.5},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        check_rate(&s,
                   (struct schedule_position){.since = expected[i][0], .epochs = expected[i][1]},
                   expected[i][2]);
    }
}
END_TEST

START_TEST(cosine_is_half_a_wave) {
    struct train_settings s = {.schedule = CHARNN_SCHEDULE_COSINE, .learning_rate = 0.004};
    static const double expected[][2] = {
        {0, 1},
        {1.0 / 6, 0.93301270189221932338}, /* (1 + sqrt(3) / 2) / 2 */
        {0.25, 0.85355339059327376220},    /* (1 + sqrt(1 / 2)) / 2 */
        {1.0 / 3, 0.75},
        {0.5, 0.5},
        {2.0 / 3, 0.25},
        {0.75, 0.14644660940672623780},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct schedule_position position = {.step = 7, .epochs = 3, .progress = expected[i][0]};
        check_rate(&s, position, 0.004 * expected[i][1]);
    }
    /* Zero up to rounding at the end of the run and beyond. */
    ck_assert(fabs(schedule_rate(&s, (struct schedule_position){.progress = 1})) <= 0.004 * 1e-15);
    ck_assert(fabs(schedule_rate(&s, (struct schedule_position){.progress = 7})) <= 0.004 * 1e-15);
}
END_TEST

START_TEST(hold_is_constant_then_a_line) {
    struct train_settings s = {.schedule = CHARNN_SCHEDULE_HOLD, .learning_rate = 0.004};
    static const double expected[][2] = {{0, 1},          {0.1, 1},     {0.25, 1}, {0.5, 2.0 / 3},
                                         {0.75, 1.0 / 3}, {0.94, 0.08}, {1, 0},    {7, 0}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct schedule_position position = {.step = 7, .epochs = 30, .progress = expected[i][0]};
        check_rate(&s, position, 0.004 * expected[i][1]);
    }
}
END_TEST

/* Decay is for the step schedule only. */
START_TEST(cosine_does_not_decay) {
    struct train_settings s = char_rnn;
    s.schedule = CHARNN_SCHEDULE_COSINE;
    check_rate(&s, (struct schedule_position){.epochs = 30, .progress = 0.5}, 0.001);
}
END_TEST

START_TEST(warm_up_is_linear) {
    struct train_settings s = char_rnn;
    s.learning_rate = 0.8;
    s.warmup_steps = 4;
    static const double expected[] = {0.2, 0.4, 0.6, 0.8, 0.8, 0.8};
    for (size_t step = 0; step < sizeof expected / sizeof expected[0]; step++) {
        check_rate(&s, (struct schedule_position){.step = step}, expected[step]);
    }
    s.warmup_steps = 1;
    check_rate(&s, (struct schedule_position){.step = 0}, 0.8);
}
END_TEST

START_TEST(warm_up_scales_either_schedule) {
    struct train_settings s = char_rnn;
    s.learning_rate = 0.8;
    s.warmup_steps = 10;
    check_rate(&s, (struct schedule_position){.step = 4, .epochs = 10}, 0.8 * 0.97 * 0.5);
    s.schedule = CHARNN_SCHEDULE_COSINE;
    check_rate(&s, (struct schedule_position){.step = 4, .progress = 1.0 / 3}, 0.8 * 0.75 * 0.5);
}
END_TEST

Suite *schedule_suite(void) {
    Suite *suite = suite_create("schedule");
    TCase *test = tcase_create("schedule");
    tcase_add_test(test, step_is_char_rnns_sequence);
    tcase_add_test(test, step_decays_at_fractions_of_epochs);
    tcase_add_test(test, step_may_begin_at_once);
    tcase_add_test(test, step_without_decay_is_constant);
    tcase_add_test(test, step_decays_to_nothing);
    tcase_add_test(test, step_decays_any_number_of_times);
    tcase_add_test(test, step_decays_since_the_rate_was_set);
    tcase_add_test(test, cosine_is_half_a_wave);
    tcase_add_test(test, cosine_does_not_decay);
    tcase_add_test(test, hold_is_constant_then_a_line);
    tcase_add_test(test, warm_up_is_linear);
    tcase_add_test(test, warm_up_scales_either_schedule);
    suite_add_tcase(suite, test);
    return suite;
}
