#include "base/files/place.h"
#include "suites.h"
#include "support/temporary.h"

#include <stdio.h>
#include <unistd.h>

static char folder[TEMPORARY_PATH];

static void set_up(void) {
    temporary_folder(folder);
    ck_assert_int_eq(chdir(folder), 0);
    FILE *file = fopen("file", "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(link("file", "hard"), 0);
    ck_assert_int_eq(symlink("file", "soft"), 0);
    ck_assert_int_eq(symlink(".", "here"), 0);
}

static void tear_down(void) {
    ck_assert_int_eq(chdir("/"), 0);
    temporary_remove(folder);
}

START_TEST(a_path_is_split) {
    static const char *const cases[][3] = {{"a", ".", "a"},
                                           {"a/b", "a", "b"},
                                           {"/a", "/", "a"},
                                           {"/a/b/c", "/a/b", "c"},
                                           {"a/", "a", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct place place;
        place_init(&place, cases[i][0]);
        ck_assert_str_eq(place.folder, cases[i][1]);
        ck_assert_str_eq(place.name, cases[i][2]);
    }
}
END_TEST

START_TEST(spellings_and_links_are_one_file) {
    char whole[2 * TEMPORARY_PATH];
    (void)snprintf(whole, sizeof whole, "%s/file", folder);
    const char *const same[] = {"file", "./file", "here/here/file", "hard", "soft", whole};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        ck_assert_msg(place_is_same("file", same[i]), "%s", same[i]);
    }
    ck_assert(!place_is_same("file", "other"));
    ck_assert(!place_is_same("other", "file"));
    ck_assert(!place_is_same("file", "."));
}
END_TEST

START_TEST(what_is_not_there_has_a_folder_and_a_name) {
    ck_assert(place_is_same("new", "here/new"));
    ck_assert(!place_is_same("new", "here/newer"));
    ck_assert(!place_is_same("new", "nowhere/new"));
    ck_assert(!place_is_same("nowhere/new", "nowhere/new")); /* nothing can be written there */
    ck_assert(place_is_in("new", "here"));
    ck_assert(place_is_in("here/file", "."));
    ck_assert(!place_is_in("file", "/"));
    ck_assert(!place_is_in("nowhere/file", "."));
}
END_TEST

Suite *place_suite(void) {
    Suite *suite = suite_create("place");
    TCase *test = tcase_create("place");
    tcase_add_checked_fixture(test, set_up, tear_down);
    tcase_add_test(test, a_path_is_split);
    tcase_add_test(test, spellings_and_links_are_one_file);
    tcase_add_test(test, what_is_not_there_has_a_folder_and_a_name);
    suite_add_tcase(suite, test);
    return suite;
}
