#include "base/files/atomic_file.h"
#include "base/files/file.h"
#include "suites.h"
#include "support/faults.h"
#include "support/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each test has a folder of its own as its working folder. */
static char scratch[TEMPORARY_PATH];
static int folder_before = -1;

static void enter_scratch(void) {
    temporary_folder(scratch);
    folder_before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(folder_before, 0);
    ck_assert_int_eq(chdir(scratch), 0);
}

static void leave_scratch(void) {
    ck_assert_int_eq(fchdir(folder_before), 0);
    ck_assert_int_eq(close(folder_before), 0);
    temporary_remove(scratch);
}

static void put_file(const char *path, const char *content, size_t size) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static void check_content(const char *path, const void *content, size_t size) {
    struct error error = {0};
    struct file_bytes bytes;
    ck_assert_msg(file_bytes_init(&bytes, path, &error) == CHARNN_OK, "%s", error.message);
    ck_assert_ptr_nonnull(bytes.data);
    ck_assert_uint_eq(bytes.size, size);
    ck_assert_mem_eq(bytes.data, content, size);
    file_bytes_deinit(&bytes);
    ck_assert_ptr_null(bytes.data);
    ck_assert_uint_eq(bytes.size, 0);
}

/* The number of names in the working folder, to find a forgotten temporary file. */
static size_t count_names(void) {
    DIR *folder = opendir(".");
    ck_assert_ptr_nonnull(folder);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(folder);
    return count;
}

static void check_unreadable(const char *path, const char *message) {
    struct error error = {0};
    struct file_bytes bytes;
    ck_assert_int_eq(file_bytes_init(&bytes, path, &error), CHARNN_ERROR_IO);
    ck_assert_str_eq(error.message, message);
    ck_assert_ptr_null(bytes.data);
    file_bytes_deinit(&bytes);
}

START_TEST(a_file_is_mapped) {
    put_file("a", "one\0two\n", 8);
    struct error error = {0};
    struct file_bytes bytes;
    ck_assert_int_eq(file_bytes_init(&bytes, "a", &error), CHARNN_OK);
    ck_assert(bytes.mapped);
    ck_assert_uint_eq(bytes.size, 8);
    ck_assert_mem_eq(bytes.data, "one\0two\n", 8);
    file_bytes_deinit(&bytes);
}
END_TEST

START_TEST(an_empty_file_is_fine) {
    put_file("empty", "", 0);
    check_content("empty", "", 0);
    check_content("/dev/null", "", 0);
}
END_TEST

START_TEST(a_file_without_a_size_is_read) {
    struct error error = {0};
    struct file_bytes bytes;
    ck_assert_int_eq(file_bytes_init(&bytes, "/proc/self/stat", &error), CHARNN_OK);
    ck_assert_uint_gt(bytes.size, 0);
    file_bytes_deinit(&bytes);
}
END_TEST

START_TEST(deinit_twice_is_fine) {
    struct file_bytes bytes = {0};
    file_bytes_deinit(&bytes);
    file_bytes_deinit(&bytes);
}
END_TEST

/* A child writes more than the pipe and the first buffer hold. */
START_TEST(a_pipe_is_read_to_its_end) {
    enum { SIZE = 1000003 };
    static unsigned char content[SIZE];
    for (size_t i = 0; i < SIZE; i++) {
        content[i] = (unsigned char)(i * 7 % 253);
    }
    ck_assert_int_eq(mkfifo("fifo", 0600), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        FILE *pipe_end = fopen("fifo", "wb");
        size_t put = pipe_end == NULL ? 0 : fwrite(content, 1, SIZE, pipe_end);
        _exit(put == SIZE && fclose(pipe_end) == 0 ? 0 : 1);
    }
    check_content("fifo", content, SIZE);
    int result = -1;
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    ck_assert_int_eq(result, 0);
}
END_TEST

static void check_standard_input(const char *path, off_t offset, const char *content) {
    int kept = dup(STDIN_FILENO);
    int fd = open(path, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(lseek(fd, offset, SEEK_SET), offset);
    ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    check_content("-", content, strlen(content));
    ck_assert_int_eq(fcntl(STDIN_FILENO, F_GETFD), 0); /* still open */
    ck_assert_int_eq(close(fd), 0);
    if (kept >= 0) {
        ck_assert_int_eq(dup2(kept, STDIN_FILENO), STDIN_FILENO);
        ck_assert_int_eq(close(kept), 0);
    }
}

START_TEST(a_dash_is_standard_input_from_its_current_position) {
    put_file("a", "0123456789", 10);
    check_standard_input("a", 0, "0123456789");
    check_standard_input("a", 4, "456789");
    check_standard_input("/dev/null", 0, "");
}
END_TEST

START_TEST(an_unreadable_file_is_named) {
    check_unreadable("missing.txt", "cannot open missing.txt: No such file or directory");
    ck_assert_int_eq(mkdir("folder", 0700), 0);
    check_unreadable("folder", "folder is a directory; name a file");
    put_file("plain", "x", 1);
    check_unreadable("plain/x", "cannot open plain/x: Not a directory");
    if (geteuid() != 0) { /* the superuser can read everything */
        put_file("secret", "x", 1);
        ck_assert_int_eq(chmod("secret", 0), 0);
        check_unreadable("secret", "cannot open secret: Permission denied");
    }
}
END_TEST

static struct atomic_file *create_atomic(const char *path) {
    struct error error = {0};
    struct atomic_file *file = NULL;
    ck_assert_msg(atomic_file_create(path, &file, &error) == CHARNN_OK, "%s", error.message);
    return file;
}

static void write_atomic(struct atomic_file *file, const void *data, size_t size) {
    struct error error = {0};
    ck_assert_msg(atomic_file_write(file, data, size, &error) == CHARNN_OK, "%s", error.message);
}

START_TEST(a_file_appears_when_committed) {
    struct error error = {0};
    struct atomic_file *file = create_atomic("new");
    write_atomic(file, "ab", 2);
    write_atomic(file, "", 0);
    write_atomic(file, "\0c", 2);
    ck_assert_int_ne(access("new", F_OK), 0);
    ck_assert_int_eq(atomic_file_commit(file, &error), CHARNN_OK);
    atomic_file_destroy(file);
    check_content("new", "ab\0c", 4);
    ck_assert_uint_eq(count_names(), 1);
}
END_TEST

START_TEST(a_file_is_replaced_when_committed) {
    struct error error = {0};
    put_file("old", "before", 6);
    struct atomic_file *file = create_atomic("old");
    write_atomic(file, "after", 5);
    check_content("old", "before", 6);
    ck_assert_int_eq(atomic_file_commit(file, &error), CHARNN_OK);
    atomic_file_destroy(file);
    check_content("old", "after", 5);
    ck_assert_uint_eq(count_names(), 1);
}
END_TEST

START_TEST(a_file_not_committed_leaves_nothing) {
    put_file("old", "before", 6);
    struct atomic_file *file = create_atomic("old");
    write_atomic(file, "after", 5);
    ck_assert_uint_eq(count_names(), 2);
    atomic_file_destroy(file);
    check_content("old", "before", 6);
    ck_assert_uint_eq(count_names(), 1);
    atomic_file_destroy(NULL);
}
END_TEST

START_TEST(the_temporary_file_is_in_the_same_folder) {
    struct error error = {0};
    ck_assert_int_eq(mkdir("folder", 0700), 0);
    struct atomic_file *file = create_atomic("folder/x");
    ck_assert_int_eq(chdir("folder"), 0);
    ck_assert_uint_eq(count_names(), 1);
    write_atomic(file, "x", 1);
    ck_assert_int_eq(atomic_file_commit(file, &error), CHARNN_OK);
    atomic_file_destroy(file);
    check_content("x", "x", 1);
    ck_assert_uint_eq(count_names(), 1);
}
END_TEST

START_TEST(two_files_of_one_name_do_not_collide) {
    struct error error = {0};
    struct atomic_file *first = create_atomic("x");
    struct atomic_file *second = create_atomic("x");
    write_atomic(first, "first", 5);
    write_atomic(second, "second", 6);
    ck_assert_int_eq(atomic_file_commit(second, &error), CHARNN_OK);
    check_content("x", "second", 6);
    ck_assert_int_eq(atomic_file_commit(first, &error), CHARNN_OK);
    check_content("x", "first", 5);
    atomic_file_destroy(first);
    atomic_file_destroy(second);
    ck_assert_uint_eq(count_names(), 1);
}
END_TEST

START_TEST(the_umask_is_respected) {
    struct error error = {0};
    mode_t before = umask(027);
    struct atomic_file *file = create_atomic("x");
    ck_assert_int_eq(atomic_file_commit(file, &error), CHARNN_OK);
    atomic_file_destroy(file);
    umask(before);
    struct stat about;
    ck_assert_int_eq(stat("x", &about), 0);
    ck_assert_uint_eq(about.st_mode & 07777, 0640);
}
END_TEST

START_TEST(a_name_of_full_length_can_be_written) {
    struct error error = {0};
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    struct atomic_file *file = create_atomic(name);
    write_atomic(file, "x", 1);
    ck_assert_int_eq(atomic_file_commit(file, &error), CHARNN_OK);
    atomic_file_destroy(file);
    check_content(name, "x", 1);
}
END_TEST

START_TEST(an_unwritable_file_is_named) {
    ck_assert_int_eq(mkdir("folder", 0700), 0);
    ck_assert_int_eq(mkfifo("fifo", 0600), 0);
    static const struct {
        const char *path;
        const char *message;
    } cases[] = {
        {"no/x", "cannot open the folder of no/x: No such file or directory"},
        {"folder", "cannot write folder: it is a directory"},
        {"fifo", "cannot write fifo: it is not a regular file"},
        {"/dev/null", "cannot write /dev/null: it is not a regular file"},
        {"", "\"\" does not name a file"},
        {"folder/", "\"folder/\" does not name a file"},
        {"folder/..", "\"folder/..\" does not name a file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {0};
        struct atomic_file *file = NULL;
        ck_assert_int_eq(atomic_file_create(cases[i].path, &file, &error), CHARNN_ERROR_IO);
        ck_assert_str_eq(error.message, cases[i].message);
        ck_assert_ptr_null(file);
    }
    ck_assert_uint_eq(count_names(), 2);
}
END_TEST

/* A limit on file sizes acts as a full disk: the first bytes fit, the others do not. */
START_TEST(a_failed_write_keeps_the_old_file) {
    put_file("old", "before", 6);
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {.rlim_cur = 5000, .rlim_max = before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);

    static const char data[10000];
    struct error error = {0};
    struct atomic_file *file = create_atomic("old");
    enum status written = atomic_file_write(file, data, sizeof data, &error);
    struct error later = {0};
    enum status committed = atomic_file_commit(file, &later);
    atomic_file_destroy(file);

    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    ck_assert_int_eq(written, CHARNN_ERROR_IO);
    ck_assert_str_eq(error.message, "cannot write old: File too large");
    ck_assert_int_eq(committed, CHARNN_ERROR_IO);
    ck_assert_str_eq(later.message, "cannot write old: an earlier write failed");
    check_content("old", "before", 6);
    ck_assert_uint_eq(count_names(), 1);
}
END_TEST

START_TEST(a_failed_rename_leaves_nothing) {
    struct error error = {0};
    struct atomic_file *file = create_atomic("x");
    write_atomic(file, "x", 1);
    ck_assert_int_eq(mkdir("x", 0700), 0);
    ck_assert_int_eq(atomic_file_commit(file, &error), CHARNN_ERROR_IO);
    ck_assert_str_eq(error.message, "cannot put x in place: Is a directory");
    atomic_file_destroy(file);
    ck_assert_uint_eq(count_names(), 1);
}
END_TEST

/* Writes "new text!" over the file "x". */
static enum status replace_file(struct error *error) {
    struct atomic_file *file = NULL;
    enum status status = atomic_file_create("x", &file, error);
    if (status == CHARNN_OK) {
        status = atomic_file_write(file, "new _ext!", 9, error);
    }
    if (status == CHARNN_OK) {
        status = atomic_file_rewrite(file, 4, "t", 1, error);
    }
    if (status == CHARNN_OK) {
        status = atomic_file_commit(file, error);
    }
    atomic_file_destroy(file);
    return status;
}

static const struct {
    enum fault_kind kind;
    size_t calls; /* in a replacement */
    int number;
    enum status status;
} failures[] = {
    {FAULT_OPEN, 2, EACCES, CHARNN_ERROR_IO},         {FAULT_WRITE, 2, ENOSPC, CHARNN_ERROR_IO},
    {FAULT_FLUSH, 2, EIO, CHARNN_ERROR_IO},           {FAULT_RENAME, 1, EROFS, CHARNN_ERROR_IO},
    {FAULT_ALLOCATE, 4, ENOMEM, CHARNN_ERROR_MEMORY},
};

/* Whichever call fails, the old file stays; if only the folder's flush fails, the new one is there.
 */
START_TEST(a_call_that_fails_keeps_the_old_file) {
    enum fault_kind kind = failures[_i].kind;
    for (size_t call = 1; call <= failures[_i].calls; call++) {
        struct error error = {0};
        put_file("x", "before", 6);
        size_t blocks = faults_blocks();
        faults_clear();
        faults_add(kind, call, call, failures[_i].number);
        enum status status = replace_file(&error);
        ck_assert_uint_eq(faults_failed(kind), 1);
        faults_clear();
        ck_assert_int_eq(status, failures[_i].status);
        ck_assert_uint_eq(faults_blocks(), blocks);
        bool placed = kind == FAULT_FLUSH && call == 2;
        check_content("x", placed ? "new text!" : "before", placed ? 9 : 6);
        ck_assert_uint_eq(count_names(), 1);
    }
}
END_TEST

START_TEST(short_and_interrupted_calls_are_continued) {
    struct error error = {0};
    faults_clear();
    faults_add(FAULT_WRITE, 1, 2, FAULT_SHORT);
    faults_add(FAULT_WRITE, 3, 4, EINTR);
    faults_add(FAULT_FLUSH, 1, 1, EINTR);
    ck_assert_msg(replace_file(&error) == CHARNN_OK, "%s", error.message);
    ck_assert_uint_eq(faults_failed(FAULT_WRITE), 4);
    faults_clear();
    check_content("x", "new text!", 9);
}
END_TEST

static void check_makes_directory(const char *path) {
    struct error error = {0};
    size_t kept;
    ck_assert_msg(file_make_directory(path, &kept, &error) == CHARNN_OK, "%s", error.message);
    struct stat about;
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert(S_ISDIR(about.st_mode));
}

START_TEST(folders_are_made_with_their_parents) {
    check_makes_directory("a");
    check_makes_directory("a");
    check_makes_directory("b/c/d");
    check_makes_directory("b//c/../e/");
    check_makes_directory("/");
    check_makes_directory(".");
    char absolute[TEMPORARY_PATH + 8];
    (void)snprintf(absolute, sizeof absolute, "%s/f/g", scratch);
    check_makes_directory(absolute);
    ck_assert_int_eq(access("b/e", F_OK), 0);
    ck_assert_int_eq(access("f/g", F_OK), 0);
}
END_TEST

/* Makes `path`, puts a file at `file` unless it is NULL, and removes the folders again. */
static void make_and_remove(const char *path, const char *file, size_t expected) {
    struct error error = {0};
    size_t kept;
    ck_assert_int_eq(file_make_directory(path, &kept, &error), CHARNN_OK);
    ck_assert_uint_eq(kept, expected);
    if (file != NULL) {
        put_file(file, "x", 1);
    }
    file_remove_directory(path, kept);
}

START_TEST(folders_that_were_made_can_be_removed) {
    make_and_remove("a/b/c", NULL, 0);
    ck_assert_int_ne(access("a", F_OK), 0);
    ck_assert_int_eq(mkdir("a", 0777), 0);
    make_and_remove("a/b//c/", NULL, 1);
    ck_assert_int_eq(access("a", F_OK), 0);
    ck_assert_int_ne(access("a/b", F_OK), 0);
    make_and_remove("a", NULL, 1);
    ck_assert_int_eq(access("a", F_OK), 0);
    make_and_remove("a/b/c", "a/b/file", 1);
    ck_assert_int_eq(access("a/b/file", F_OK), 0);
    ck_assert_int_ne(access("a/b/c", F_OK), 0);
    file_remove_directory("a/b", SIZE_MAX);
    ck_assert_int_eq(access("a/b/file", F_OK), 0);
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_named) {
    struct error error = {0};
    size_t kept;
    put_file("plain", "x", 1);
    ck_assert_int_eq(file_make_directory("plain", &kept, &error), CHARNN_ERROR_IO);
    ck_assert_str_eq(error.message, "cannot make the folder plain: a file of that name exists");
    ck_assert_int_eq(file_make_directory("plain/x", &kept, &error), CHARNN_ERROR_IO);
    ck_assert_str_eq(error.message, "cannot make the folder plain: a file of that name exists");
    ck_assert_int_eq(file_make_directory("", &kept, &error), CHARNN_ERROR_IO);
    ck_assert_str_eq(error.message, "cannot make the folder : No such file or directory");
}
END_TEST

static TCase *case_of(const char *name) {
    TCase *test = tcase_create(name);
    tcase_add_checked_fixture(test, enter_scratch, leave_scratch);
    return test;
}

Suite *file_suite(void) {
    Suite *suite = suite_create("file");
    TCase *bytes = case_of("bytes");
    tcase_add_test(bytes, a_file_is_mapped);
    tcase_add_test(bytes, an_empty_file_is_fine);
    tcase_add_test(bytes, a_file_without_a_size_is_read);
    tcase_add_test(bytes, deinit_twice_is_fine);
    tcase_add_test(bytes, a_pipe_is_read_to_its_end);
    tcase_add_test(bytes, a_dash_is_standard_input_from_its_current_position);
    tcase_add_test(bytes, an_unreadable_file_is_named);
    suite_add_tcase(suite, bytes);
    TCase *atomic = case_of("atomic");
    tcase_add_test(atomic, a_file_appears_when_committed);
    tcase_add_test(atomic, a_file_is_replaced_when_committed);
    tcase_add_test(atomic, a_file_not_committed_leaves_nothing);
    tcase_add_test(atomic, the_temporary_file_is_in_the_same_folder);
    tcase_add_test(atomic, two_files_of_one_name_do_not_collide);
    tcase_add_test(atomic, the_umask_is_respected);
    tcase_add_test(atomic, a_name_of_full_length_can_be_written);
    tcase_add_test(atomic, an_unwritable_file_is_named);
    tcase_add_test(atomic, a_failed_write_keeps_the_old_file);
    tcase_add_test(atomic, a_failed_rename_leaves_nothing);
    if (faults_available()) {
        tcase_add_loop_test(atomic, a_call_that_fails_keeps_the_old_file, 0,
                            (int)(sizeof failures / sizeof failures[0]));
        tcase_add_test(atomic, short_and_interrupted_calls_are_continued);
    }
    suite_add_tcase(suite, atomic);
    TCase *folders = case_of("folders");
    tcase_add_test(folders, folders_are_made_with_their_parents);
    tcase_add_test(folders, folders_that_were_made_can_be_removed);
    tcase_add_test(folders, a_folder_that_cannot_be_made_is_named);
    suite_add_tcase(suite, folders);
    return suite;
}
