/* The choice of the faster of two ways, with pieces whose times are made up. */
#include "base/machine/faster.h"
#include "suites.h"

enum { MOST_PIECES = 1000 * 1000 };

/* Runs pieces for `seconds` if way w takes pace[w] seconds for each; returns the pieces in way 0.
 */
static size_t run(struct faster *faster, const double pace[2], double seconds, size_t *pieces) {
    size_t first = 0;
    double now = 0;
    *pieces = 0;
    while (now < seconds && *pieces < MOST_PIECES) {
        size_t way = faster_way(faster, 1);
        assert_each(way <= 1, "way %zu", way);
        first += way == 0;
        now += pace[way];
        (*pieces)++;
        faster_tell(faster, pace[way], 1);
    }
    return first;
}

static const double paces[][2] = {{1e-4, 2e-4}, {1e-4, 1.1e-4}, {3e-3, 5e-3}, {1e-6, 9e-6}};
enum { PACES = sizeof paces / sizeof paces[0] };

START_TEST(begins_with_the_first_way) {
    struct faster faster = {0};
    for (size_t i = 0; i < 99; i++) {
        ck_assert_uint_eq(faster_way(&faster, 1), 0);
        faster_tell(&faster, 1e-4, 1);
    }
}
END_TEST

START_TEST(stays_with_the_faster_way) {
    for (size_t i = 0; i < PACES; i++) {
        struct faster faster = {0};
        size_t pieces;
        size_t first = run(&faster, paces[i], 10, &pieces);
        ck_assert_uint_lt(pieces - first, pieces / 25);
        ck_assert_uint_gt(pieces - first, 0);
    }
}
END_TEST

/* After the first round and a trial. */
START_TEST(leaves_the_slower_way) {
    for (size_t i = 0; i < PACES; i++) {
        struct faster faster = {0};
        const double slow_first[2] = {paces[i][1], paces[i][0]};
        size_t pieces;
        (void)run(&faster, slow_first, 0.05, &pieces);
        ck_assert_uint_eq(faster.favourite, 1);
        size_t first = run(&faster, slow_first, 10, &pieces);
        ck_assert_uint_lt(first, pieces / 25);
    }
}
END_TEST

/* Even if a way has been the faster one for long. */
START_TEST(sees_a_slower_pace_in_two_rounds) {
    const double before[2] = {1e-4, 2e-4};
    const double after[2] = {4e-4, 2e-4};
    struct faster faster = {0};
    size_t pieces;
    (void)run(&faster, before, 20, &pieces);
    ck_assert_uint_eq(faster.favourite, 0);
    (void)run(&faster, after, 0.045, &pieces); /* what is left of a round, two more and a trial */
    ck_assert_uint_eq(faster.favourite, 1);
}
END_TEST

/* A single piece that takes long, once a second, changes nothing. */
START_TEST(forgives_a_pause) {
    const double pace[2] = {1e-4, 2e-4};
    struct faster faster = {0};
    size_t pieces;
    for (size_t i = 0; i < 20; i++) {
        size_t first = run(&faster, pace, 1, &pieces);
        ck_assert_uint_lt(pieces - first, pieces / 20);
        faster_tell(&faster, 0.05, 1);
        ck_assert_uint_eq(faster.favourite, 0);
    }
}
END_TEST

START_TEST(sees_a_faster_pace_of_the_other_way_in_a_second) {
    const double before[2] = {4e-4, 2e-4};
    const double after[2] = {1e-4, 2e-4};
    struct faster faster = {0};
    size_t pieces;
    (void)run(&faster, before, 20, &pieces);
    ck_assert_uint_eq(faster.favourite, 1);
    (void)run(&faster, after, 1, &pieces);
    ck_assert_uint_eq(faster.favourite, 0);
}
END_TEST

/* A pace that was measured before everything slowed down is measured again. */
START_TEST(measures_again_what_may_have_changed) {
    const double before[2] = {1e-4, 2e-4};
    const double after[2] = {3e-4, 6e-4};
    struct faster faster = {0};
    size_t pieces;
    (void)run(&faster, before, 20, &pieces);
    size_t first = run(&faster, after, 10, &pieces);
    ck_assert_uint_lt(pieces - first, pieces / 25);
    ck_assert_uint_eq(faster.favourite, 0);
}
END_TEST

/* A piece that hangs ends the trial, and the next comes late. */
START_TEST(ends_a_hopeless_trial) {
    const double pace[2] = {1e-3, 1};
    struct faster faster = {0};
    size_t pieces;
    size_t first = run(&faster, pace, 20, &pieces);
    ck_assert_uint_eq(pieces - first, 1);
    first = run(&faster, pace, 20, &pieces);
    ck_assert_uint_eq(pieces - first, 1);
}
END_TEST

/* But a pause at its beginning, such as threads need to wake, does not. */
START_TEST(forgives_a_slow_start_of_a_trial) {
    struct faster faster = {.favourite = 0, .way = 1, .kind = 1, .pace = {1e-4, 0}};
    faster_tell(&faster, 1e-3, 1);
    while (faster_way(&faster, 1) == 1 && faster.favourite == 0) {
        faster_tell(&faster, 1e-6, 1);
    }
    ck_assert_uint_eq(faster.favourite, 1);
}
END_TEST

START_TEST(compares_only_pieces_of_a_kind) {
    struct faster faster = {0};
    const double slow_first[2] = {2e-4, 1e-4};
    size_t pieces;
    (void)run(&faster, slow_first, 1, &pieces);
    ck_assert_uint_eq(faster_way(&faster, 2), 1);
    ck_assert_double_eq(faster.pace[0], 0);
    faster_tell(&faster, 64e-4, 64); /* 1e-4 each */
    for (size_t i = 0; i < 200; i++) {
        size_t way = faster_way(&faster, 2);
        faster_tell(&faster, way == 1 ? 32e-4 : 96e-4, 32);
    }
    ck_assert_double_eq_tol(faster.pace[1], 1e-4, 1e-9);
    ck_assert_double_eq_tol(faster.pace[0], 3e-4, 1e-9);
    ck_assert_uint_eq(faster.favourite, 1);
}
END_TEST

Suite *faster_suite(void) {
    Suite *suite = suite_create("faster");
    TCase *ways = tcase_create("ways");
    tcase_add_test(ways, begins_with_the_first_way);
    tcase_add_test(ways, stays_with_the_faster_way);
    tcase_add_test(ways, leaves_the_slower_way);
    tcase_add_test(ways, sees_a_slower_pace_in_two_rounds);
    tcase_add_test(ways, forgives_a_pause);
    tcase_add_test(ways, sees_a_faster_pace_of_the_other_way_in_a_second);
    tcase_add_test(ways, measures_again_what_may_have_changed);
    tcase_add_test(ways, ends_a_hopeless_trial);
    tcase_add_test(ways, forgives_a_slow_start_of_a_trial);
    tcase_add_test(ways, compares_only_pieces_of_a_kind);
    suite_add_tcase(suite, ways);
    return suite;
}
