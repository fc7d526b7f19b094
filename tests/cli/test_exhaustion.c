/*
 * Commands that run out of something: every call of a kind fails once, the first, the second and so
 * on. Each time the command says so in a sentence, and gives back all that it took.
 */
#include "base/json.h"
#include "cli/commands.h"
#include "suites.h"
#include "support/faults.h"
#include "support/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ARGUMENTS = 40 };

static char folder[TEMPORARY_PATH];

static size_t open_files(void) {
    DIR *descriptors = opendir("/proc/self/fd");
    size_t count = 0;
    while (descriptors != NULL && readdir(descriptors) != NULL) {
        count++;
    }
    if (descriptors != NULL) {
        (void)closedir(descriptors);
    }
    return count;
}

/* What the last command wrote on its stream of errors. */
static char said[1 << 16];
static char written[1 << 16]; /* and on the other */

/* Runs a command line of words between spaces, without output. */
static enum status run(const char *line, struct error *error) {
    char words[512];
    char *argv[ARGUMENTS + 1] = {NULL};
    int argc = 0;
    char *rest = NULL;
    const struct command *command = NULL;
    struct invocation invocation;
    FILE *out = fmemopen(written, sizeof written, "w");
    FILE *err = fmemopen(said, sizeof said, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_ptr_nonnull(err);
    ck_assert_uint_lt(strlen(line), sizeof words);
    (void)snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok_r(words, " ", &rest); word != NULL && argc < ARGUMENTS;
         word = strtok_r(NULL, " ", &rest)) {
        argv[argc++] = word;
    }
    *error = (struct error){0};
    said[0] = '\0';
    ck_assert_int_eq(command_find(charnn_commands, argv[0], &command, error), CHARNN_OK);
    (void)unlink("new"); /* convert replaces no file */
    enum status status = invocation_init(&invocation, command->spec, argc, argv, out, err, error);
    if (status == CHARNN_OK) {
        status = invocation_find_checkpoints(&invocation, error);
    }
    if (status == CHARNN_OK) {
        status = command->run(&invocation, error);
    }
    invocation_deinit(&invocation);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_eq(fclose(err), 0);
    return status;
}

static void run_well(const char *line) {
    struct error error;
    ck_assert_msg(run(line, &error) == CHARNN_OK, "%s: %s", line, error.message);
}

/* Lets each call of that kind fail; how many failed is returned. Training may go on in spite of it
 * where it says so. */
static size_t fail_each(const char *line, enum fault_kind kind, int number, enum status expected,
                        const char *sentence) {
    run_well(line); /* what the C library keeps is there now */
    size_t files = open_files();
    size_t blocks = faults_blocks();
    for (size_t call = 1;; call++) {
        struct error error;
        faults_clear();
        faults_add(kind, call, call, number);
        enum status status = run(line, &error);
        bool failed = faults_failed(kind) > 0;
        faults_clear();
        ck_assert_msg(faults_blocks() == blocks, "%s: a leak where call %zu fails", line, call);
        ck_assert_msg(open_files() == files, "%s: an open file where call %zu fails", line, call);
        if (!failed) {
            ck_assert_msg(status == CHARNN_OK, "%s: %s", line, error.message);
            return call - 1;
        }
        const char *where = status == CHARNN_OK ? said : error.message;
        ck_assert_msg((status == expected || status == CHARNN_OK) &&
                          strstr(where, sentence) != NULL,
                      "%s: where call %zu fails: status %d, %s", line, call, (int)status, where);
    }
}

static void exhaust(const char *line) {
    size_t calls = fail_each(line, FAULT_ALLOCATE, ENOMEM, CHARNN_ERROR_MEMORY, "out of memory");
    ck_assert_uint_gt(calls, 20);
}

#define SMALL " --rnn-size 2 --num-layers 1 --batch-size 2 --seq-length 3 --seed 1 --threads 1"

static void set_up(void) {
    /* Not on a disk where that can be helped: every run flushes files to it. */
    temporary_folder(folder);
    ck_assert_int_eq(chdir(folder), 0);
    FILE *text = fopen("text", "w");
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < 10; i++) {
        (void)fprintf(text, "abba cab %zu\n", i);
    }
    ck_assert_int_eq(fclose(text), 0);
    run_well("train text --max-steps 2 --checkpoint-dir made" SMALL);
}

static void tear_down(void) {
    temporary_remove(folder);
}

START_TEST(training_runs_out_of_memory) {
    exhaust("train text --max-steps 2 --checkpoint-dir cv --sample-every 1 --sample-length 2 "
            "--log log --optimizer muon --init orthogonal" SMALL);
}
END_TEST

START_TEST(resuming_runs_out_of_memory) {
    exhaust("train text --resume --max-steps 3 --checkpoint-dir made --threads 1");
}
END_TEST

START_TEST(sampling_runs_out_of_memory) {
    exhaust("sample made/best.safetensors --length 3 --primetext-file text --num-samples 2 "
            "--threads 1 --seed 1");
    exhaust("sample made/best.safetensors --length 3 --primes text --num-samples 2 --unique --json "
            "--stop ab\\n --copy-check text --threads 1 --seed 1");
    exhaust("sample made/best.safetensors --length 3 --beam 2 --json --threads 1");
}
END_TEST

START_TEST(scoring_runs_out_of_memory) {
    exhaust("eval made/best.safetensors text --json --threads 1");
    exhaust("eval made/best.safetensors --split val --threads 1");
    exhaust("eval made/best.safetensors text text --unknown error --json --threads 1");
    run_well("train text --records line --max-steps 2 --checkpoint-dir lines" SMALL);
    exhaust("eval lines/last.safetensors text --copy-check text --json --threads 1");
    exhaust("eval made/best.safetensors text text --per-line --json --threads 1");
}
END_TEST

START_TEST(inspecting_runs_out_of_memory) {
    exhaust("inspect made/best.safetensors text --length 30 --ngrams 2 --html page --threads 1");
    exhaust("inspect made/best.safetensors text --length 30 --ngrams 2 --json --reach --against "
            "made --threads 1");
}
END_TEST

START_TEST(answering_runs_out_of_memory) {
    run_well(
        "train text --records line --learn-after b --max-steps 2 --checkpoint-dir asked" SMALL);
    exhaust("eval asked/last.safetensors text --answers --json --threads 1");
    exhaust("eval asked/last.safetensors text --answers --beam 2 --threads 1");
    exhaust("eval asked/last.safetensors text --answers --answers-only --split train --threads 1");
}
END_TEST

START_TEST(informing_runs_out_of_memory) {
    exhaust("info made/last.safetensors");
    exhaust("info made --json");
}
END_TEST

START_TEST(converting_runs_out_of_memory) {
    exhaust("convert made/last.safetensors new --weights int8 --threads 1");
    exhaust("convert made/last.safetensors new text --weights bf16 --threads 1");
    run_well("convert made/last.safetensors new");
    ck_assert_int_eq(rename("new", "small"), 0);
    exhaust("convert small new --weights f32 --threads 1");
    exhaust("sample small --length 3 --num-samples 2 --threads 1 --seed 1");
}
END_TEST

START_TEST(plotting_runs_out_of_memory) {
    run_well("train text --max-steps 4 --log log --print-every 1 --checkpoint-dir cv" SMALL);
    exhaust("plot log log");
    exhaust("plot log --svg log.svg");
}
END_TEST

START_TEST(threads_cannot_be_started) {
    size_t calls = fail_each("eval made/best.safetensors text --threads 3", FAULT_THREAD, EAGAIN,
                             CHARNN_ERROR_MEMORY, "thread");
    ck_assert_uint_eq(calls, 2);
}
END_TEST

START_TEST(files_cannot_be_opened) {
    size_t calls = fail_each("eval made/best.safetensors text --threads 1", FAULT_OPEN, EMFILE,
                             CHARNN_ERROR_IO, "cannot open ");
    ck_assert_uint_eq(calls, 2);
}
END_TEST

Suite *exhaustion_suite(void) {
    Suite *suite = suite_create("exhaustion");
    TCase *test = tcase_create("exhaustion");
    tcase_add_checked_fixture(test, set_up, tear_down);
    if (faults_available()) {
        tcase_add_test(test, training_runs_out_of_memory);
        tcase_add_test(test, resuming_runs_out_of_memory);
        tcase_add_test(test, sampling_runs_out_of_memory);
        tcase_add_test(test, scoring_runs_out_of_memory);
        tcase_add_test(test, inspecting_runs_out_of_memory);
        tcase_add_test(test, answering_runs_out_of_memory);
        tcase_add_test(test, informing_runs_out_of_memory);
        tcase_add_test(test, converting_runs_out_of_memory);
        tcase_add_test(test, plotting_runs_out_of_memory);
        tcase_add_test(test, threads_cannot_be_started);
        tcase_add_test(test, files_cannot_be_opened);
    }
    suite_add_tcase(suite, test);
    return suite;
}
