/*
 * Training runs on a small text: a resumed run equals an uninterrupted one, on any number of
 * threads; why runs end; which checkpoints they leave.
 */
#include "base/files/file.h"
#include "checkpoint/safetensors.h"
#include "infer/evaluator.h"
#include "nn/network.h"
#include "suites.h"
#include "support/compare.h"
#include "support/faults.h"
#include "support/golden.h"
#include "support/kernel_sets.h"
#include "support/temporary.h"
#include "text/batches.h"
#include "text/corpus_vocab.h"
#include "train/schedule.h"
#include "train/start/measure.h"
#include "train/state.h"
#include "train/time_limit.h"
#include "train/trainer.h"
#include "train/validation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT_LENGTH = 1200, ALPHABET = 12 };

/* --- a folder and a text in it ------------------------------------------------------------- */

static char folder[TEMPORARY_PATH];

static void make_folder(void) {
    temporary_folder(folder);
}

static void remove_folder(void) {
    temporary_remove(folder);
}

struct path {
    char text[2 * TEMPORARY_PATH];
};

static struct path path_of(const char *name) {
    struct path path;
    (void)snprintf(path.text, sizeof path.text, "%s/%s", folder, name);
    return path;
}

/* `length` letters, most of which are determined by the letter before. */
static void write_text(const char *name, size_t length) {
    struct generator generator = {.state = 1};
    struct path path = path_of(name);
    FILE *file = fopen(path.text, "wb");
    ck_assert_ptr_nonnull(file);
    int32_t letter = 0;
    for (size_t i = 0; i < length; i++) {
        int32_t choice = generator_symbol(&generator, 4);
        letter = choice == 0 ? generator_symbol(&generator, ALPHABET) : (letter * 5 + 1) % ALPHABET;
        assert_each(fputc('a' + letter, file) != EOF, "the text cannot be written");
    }
    ck_assert_int_eq(fclose(file), 0);
}

static bool exists(const char *name) {
    return access(path_of(name).text, F_OK) == 0;
}

/* --- a run --------------------------------------------------------------------------------- */

static const struct train_settings usual = {
    .model = "lstm",
    .rnn_size = 9,
    .num_layers = 2,
    .init_scale = 0.3,
    .train_frac = 0.8,
    .val_frac = 0.1,
    .batch_size = 5,
    .seq_length = 7,
    .optimizer = CHARNN_OPTIMIZER_ADAM,
    .learning_rate = 0.01,
    .schedule = CHARNN_SCHEDULE_COSINE,
    .learning_rate_decay = 1,
    .learning_rate_decay_every = 1,
    .decay_rate = 0.95,
    .beta1 = 0.9,
    .beta2 = 0.999,
    .momentum = 0.9,
    .accumulate = 1,
    .max_bad_steps = 3,
    .max_steps = 60,
    .savefile = "",
    .seed = 3,
};

/* 959 inputs / (5 * 7). */
enum { WINDOWS_PER_EPOCH = 27 };

/* With every option that affects the weights. */
static struct train_settings everything(const char *model, int optimizer) {
    struct train_settings s = usual;
    s.model = model;
    s.optimizer = optimizer;
    s.peephole = strcmp(model, "lstm") == 0;
    s.dropout = 0.25;
    s.average = 0.9;
    s.weight_decay = 0.01;
    s.grad_clip = 0.5;
    s.grad_norm = 1;
    s.warmup_steps = 5;
    s.eval_val_every = 20;
    return s;
}

struct run {
    struct train_settings settings;
    struct corpus *corpus;
    struct vocab *vocab;
    struct thread_pool *pool;
    struct model *model;
    struct trainer *trainer;
    char directory[2 * TEMPORARY_PATH];

    /* control and results */
    size_t stop_after;       /* step after which it is stopped as by a signal; 0: never */
    size_t stop_at_part;     /* the part, counted over all steps, at which it is stopped; 0: none */
    size_t spoil_after;      /* step after which its carried state becomes NaN; 0: never */
    size_t save_after;       /* step after which it is asked to save; 0: never */
    size_t requests_to_stop; /* saves on request, each asked for by the one before, up to a stop */
    bool due_on_request;     /* a validation was due in the last of them */
    struct train_requests requests;
    enum train_end end;
    size_t parts;        /* of steps that it has told of */
    size_t skips_before; /* when it was restored */
    size_t steps, skips, validations, improvements, saves, save_failures, rollbacks;
    double last_loss;
    struct train_report report; /* of the last step */
    char last_saved[2 * TEMPORARY_PATH];
};

/* Makes everything but the trainer. `text` is a file and `name` the checkpoint directory, both in
 * the test's folder. */
static void run_prepare(struct run *run, const struct train_settings *settings, const char *text,
                        const char *name, size_t threads) {
    struct error error = {0};
    struct path path = path_of(text);
    const char *paths[] = {path.text};
    *run = (struct run){.settings = *settings};
    (void)snprintf(run->directory, sizeof run->directory, "%s", path_of(name).text);
    run->settings.checkpoint_dir = run->directory;
    ck_assert_int_eq(corpus_open(paths, 1,
                                 &(struct corpus_format){.encoding = CHARNN_ENCODING_AUTO},
                                 &run->corpus, &error),
                     CHARNN_OK);
    ck_assert_int_eq(corpus_build_vocab(run->corpus, &run->vocab, &error), CHARNN_OK);
    ck_assert_int_eq(thread_pool_create(threads, &run->pool, &error), CHARNN_OK);
    struct model_shape shape = {
        .cell = cell_find(settings->model),
        .vocab = vocab_size(run->vocab),
        .hidden = settings->rnn_size,
        .layers = settings->num_layers,
        .peephole = settings->peephole,
    };
    ck_assert_int_eq(model_create(&shape, true, &run->model, &error), CHARNN_OK);
    model_initialize(run->model, settings->init_scale, settings->seed);
}

static enum status run_create_trainer(struct run *run, struct error *error) {
    struct trainer_parts parts = {
        .settings = &run->settings,
        .corpus = run->corpus,
        .vocab = run->vocab,
        .model = run->model,
        .pool = run->pool,
    };
    return trainer_create(&parts, &run->trainer, error);
}

static void run_init(struct run *run, const struct train_settings *settings, const char *name,
                     size_t threads) {
    struct error error = {0};
    run_prepare(run, settings, "text", name, threads);
    ck_assert_msg(run_create_trainer(run, &error) == CHARNN_OK, "%s", error.message);
}

static void run_deinit(struct run *run) {
    trainer_destroy(run->trainer);
    model_destroy(run->model);
    thread_pool_destroy(run->pool);
    vocab_destroy(run->vocab);
    corpus_close(run->corpus);
}

static void spoil_state(struct run *run) {
    float state[5 * 9];
    for (size_t i = 0; i < sizeof state / sizeof state[0]; i++) {
        state[i] = NAN;
    }
    network_set_state(run->trainer->network, 0, CHARNN_STATE_H, state);
}

static void on_step(void *context, const struct train_report *report) {
    struct run *run = context;
    run->steps++;
    run->skips += report->skipped != NULL;
    ck_assert_uint_eq(report->progress->skipped, run->skips + run->skips_before);
    if (report->skipped == NULL) {
        run->last_loss = report->loss;
    }
    if (report->progress->step == run->spoil_after) {
        run->spoil_after = 0;
        spoil_state(run);
    }
    run->report = *report;
    if (report->progress->step == run->save_after) {
        run->requests.save = 1;
    }
    if (report->progress->step == run->stop_after) {
        run->requests.stop = 1;
    }
}

static void on_working(void *context, double done) {
    struct run *run = context;
    ck_assert(done > 0 && done <= 1);
    if (++run->parts == run->stop_at_part) {
        run->requests.stop = 1;
    }
}

static void on_validation(void *context, const struct train_report *report, bool improved) {
    struct run *run = context;
    (void)report;
    run->validations++;
    run->improvements += improved;
}

static void on_save_failed(void *context, const struct error *error, bool again) {
    struct run *run = context;
    (void)again;
    run->save_failures++;
    ck_assert_int_ne(error->status, CHARNN_OK);
}

static void on_rolled_back(void *context, size_t from, const char *what) {
    struct run *run = context;
    run->rollbacks++;
    ck_assert_uint_ge(from, trainer_progress(run->trainer)->step);
    ck_assert(strlen(what) > 0);
}

static void on_saved(void *context, const char *path) {
    struct run *run = context;
    run->saves++;
    (void)snprintf(run->last_saved, sizeof run->last_saved, "%s", path);
}

static void on_obeyed(void *context) {
    struct run *run = context;
    run->due_on_request = trainer_progress(run->trainer)->due;
    if (run->requests_to_stop > 0) {
        run->requests_to_stop--;
        run->requests.save = run->requests_to_stop > 0;
        run->requests.stop = run->requests_to_stop == 0;
    }
}

static enum status run_try(struct run *run, struct error *error) {
    struct train_observer observer = {
        .working = on_working,
        .context = run,
        .step = on_step,
        .validation = on_validation,
        .saved = on_saved,
        .saved_on_request = on_obeyed,
        .save_failed = on_save_failed,
        .rolled_back = on_rolled_back,
    };
    return trainer_run(run->trainer, &observer, &run->requests, &run->end, error);
}

static void run_train(struct run *run) {
    struct error error = {0};
    ck_assert_msg(run_try(run, &error) == CHARNN_OK, "%s", error.message);
}

static struct checkpoint *open_checkpoint(const char *name) {
    struct error error = {0};
    struct checkpoint *checkpoint;
    ck_assert_msg(checkpoint_open(path_of(name).text, &checkpoint, &error) == CHARNN_OK, "%s",
                  error.message);
    return checkpoint;
}

static void run_restore(struct run *run, const char *checkpoint_name) {
    struct error error = {0};
    struct checkpoint *checkpoint = open_checkpoint(checkpoint_name);
    ck_assert_msg(trainer_restore(run->trainer, checkpoint, &error) == CHARNN_OK, "%s",
                  error.message);
    checkpoint_close(checkpoint);
    run->skips_before = trainer_progress(run->trainer)->skipped;
}

/* An uninterrupted run. */
static void train_whole(const struct train_settings *settings, const char *name, size_t threads) {
    struct run run;
    run_init(&run, settings, name, threads);
    run_train(&run);
    run_deinit(&run);
}

/* A run stopped by a signal after `step`. */
static void train_until(const struct train_settings *settings, const char *name, size_t step,
                        size_t threads) {
    struct run run;
    run_init(&run, settings, name, threads);
    run.stop_after = step;
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_SIGNAL);
    ck_assert_uint_eq(trainer_progress(run.trainer)->step, step);
    run_deinit(&run);
}

/* --- the same checkpoint ------------------------------------------------------------------- */

static void check_same_tensors(const struct checkpoint *a, const struct checkpoint *b,
                               const char *what) {
    const struct safetensors *files[2] = {checkpoint_file(a), checkpoint_file(b)};
    ck_assert_uint_eq(safetensors_count(files[0]), safetensors_count(files[1]));
    for (size_t i = 0; i < safetensors_count(files[0]); i++) {
        const struct safetensors_tensor *x = safetensors_at(files[0], i);
        const struct safetensors_tensor *y = safetensors_at(files[1], i);
        ck_assert_str_eq(x->name, y->name);
        ck_assert(x->dtype == y->dtype && x->rank == y->rank && x->size == y->size);
        ck_assert(memcmp(x->shape, y->shape, x->rank * sizeof x->shape[0]) == 0);
        ck_assert_msg(memcmp(x->data, y->data, x->size) == 0, "%s: %s differs", what, x->name);
    }
}

/* Compares each tensor, to name the first that differs; and if the histories are equal too, all
 * bytes. */
static void check_same(const char *name, const char *other, bool history, const char *what) {
    struct error error = {0};
    struct checkpoint *a = open_checkpoint(name);
    struct checkpoint *b = open_checkpoint(other);
    check_same_tensors(a, b, what);
    checkpoint_close(b);
    checkpoint_close(a);
    if (history) {
        struct file_bytes files[2];
        ck_assert_int_eq(file_bytes_init(&files[0], path_of(name).text, &error), CHARNN_OK);
        ck_assert_int_eq(file_bytes_init(&files[1], path_of(other).text, &error), CHARNN_OK);
        ck_assert_uint_eq(files[0].size, files[1].size);
        ck_assert_msg(memcmp(files[0].data, files[1].data, files[0].size) == 0,
                      "%s: the header differs", what);
        file_bytes_deinit(&files[1]);
        file_bytes_deinit(&files[0]);
    }
}

#define LAST "last.safetensors"
#define BEST "best.safetensors"

/* --- resuming ------------------------------------------------------------------------------ */

static const char *const models[] = {"lstm", "gru", "rnn"};
enum { MODELS = sizeof models / sizeof models[0], OPTIMIZERS = 4 };

/* Stopped inside an epoch, after a validation, after an epoch and inside a later epoch; resumed on
 * another number of threads. */
START_TEST(a_run_in_two_pieces_is_the_same_run) {
    static const size_t breaks[] = {3, 20, WINDOWS_PER_EPOCH, 41};
    struct train_settings s = everything(models[_i / OPTIMIZERS], _i % OPTIMIZERS);
    train_whole(&s, "whole", 1);
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        char what[64];
        struct run rest;
        (void)snprintf(what, sizeof what, "%s, optimizer %d, resumed at %zu", s.model, s.optimizer,
                       breaks[i]);
        train_until(&s, "pieces", breaks[i], 1 + i % 2);
        run_init(&rest, &s, "pieces", 1 + i % 3);
        run_restore(&rest, "pieces/" LAST);
        ck_assert_uint_eq(trainer_progress(rest.trainer)->step, breaks[i]);
        run_train(&rest);
        ck_assert_int_eq(rest.end, CHARNN_END_STEPS);
        ck_assert_uint_eq(rest.steps, s.max_steps - breaks[i]);
        run_deinit(&rest);
        check_same("whole/" LAST, "pieces/" LAST, true, what);
        check_same("whole/" BEST, "pieces/" BEST, true, what);
    }
}
END_TEST

START_TEST(a_run_in_many_pieces_is_the_same_run) {
    struct train_settings s = everything("gru", CHARNN_OPTIMIZER_ADAM);
    s.accumulate = 2;
    s.max_steps = 30;
    train_whole(&s, "whole", 1);
    train_until(&s, "pieces", 1, 1);
    for (size_t step = 2; step <= 30; step += 4) {
        struct run run;
        run_init(&run, &s, "pieces", 1);
        run_restore(&run, "pieces/" LAST);
        run.stop_after = step;
        run_train(&run);
        run_deinit(&run);
    }
    check_same("whole/" LAST, "pieces/" LAST, false, "many pieces");
    /* Only the final validation is left to do. */
    struct run over;
    run_init(&over, &s, "pieces", 1);
    run_restore(&over, "pieces/" LAST);
    run_train(&over);
    ck_assert_int_eq(over.end, CHARNN_END_STEPS);
    ck_assert(over.steps == 0 && over.validations == 1);
    run_deinit(&over);
    check_same("whole/" LAST, "pieces/" LAST, true, "many pieces");
    check_same("whole/" BEST, "pieces/" BEST, true, "many pieces");
    /* Nothing is left to do. */
    run_init(&over, &s, "pieces", 1);
    run_restore(&over, "pieces/" LAST);
    run_train(&over);
    ck_assert(over.steps == 0 && over.validations == 0 && over.saves == 0);
    run_deinit(&over);
    run_init(&over, &s, "pieces", 1);
    run_restore(&over, "pieces/" LAST);
    over.requests.stop = 1;
    run_train(&over);
    ck_assert_int_eq(over.end, CHARNN_END_SIGNAL);
    ck_assert(over.steps == 0 && over.validations == 0 && over.saves == 0);
    run_deinit(&over);
}
END_TEST

/* A signal within a step undoes it: at each part of a step of two windows, on each number of
 * threads, in the first step, within an epoch and at its end. */
START_TEST(a_step_that_is_stopped_is_undone) {
    struct train_settings s = everything(models[_i], CHARNN_OPTIMIZER_ADAM);
    s.accumulate = 2;
    s.max_steps = 16;
    train_whole(&s, "whole", 1);
    struct run run;
    run_init(&run, &s, "pieces", 1);
    run.stop_after = 1;
    run_train(&run);
    size_t parts = run.parts; /* of one step */
    run_deinit(&run);
    static const size_t steps[] = {0, 7, 13};
    for (size_t i = 0; i < 3 * parts; i++) {
        size_t threads = 1 + i % 2;
        size_t before = steps[i / parts];
        run_init(&run, &s, "pieces", 1);
        run.stop_at_part = before * parts + 1 + i % parts;
        run_train(&run);
        ck_assert_int_eq(run.end, CHARNN_END_SIGNAL);
        /* The last part ends the step. */
        ck_assert_uint_eq(run.steps, before + (i % parts + 1 == parts));
        ck_assert_uint_eq(trainer_progress(run.trainer)->windows, 2 * run.steps);
        run_deinit(&run);
        run_init(&run, &s, "pieces", threads);
        run_restore(&run, "pieces/" LAST);
        run_train(&run);
        run_deinit(&run);
        check_same("whole/" LAST, "pieces/" LAST, true, "stopped within a step");
    }
}
END_TEST

/* The signal comes before the validation of step 20, and again when the resumed run repeats it. */
START_TEST(a_stopped_validation_is_repeated) {
    struct train_settings s = everything("gru", CHARNN_OPTIMIZER_ADAM);
    s.checkpoint_every = 20;
    s.max_steps = 40;
    train_whole(&s, "whole", 1);
    train_until(&s, "pieces", 20, 1);
    ck_assert(!exists("pieces/" BEST) && !exists("pieces/step-00000020.safetensors"));
    for (int stopped = 1; stopped >= 0; stopped--) {
        struct run run;
        run_init(&run, &s, "pieces", 1);
        run_restore(&run, "pieces/" LAST);
        ck_assert(trainer_progress(run.trainer)->due);
        ck_assert_uint_eq(trainer_progress(run.trainer)->validations, 0);
        run.requests.stop = stopped;
        run_train(&run);
        size_t validations = stopped ? 0 : 3; /* steps 20, 27 and 40 */
        ck_assert_uint_eq(run.validations, validations);
        ck_assert(stopped == (run.saves == 0));
        ck_assert(trainer_progress(run.trainer)->due == stopped);
        run_deinit(&run);
    }
    check_same("whole/" LAST, "pieces/" LAST, true, "stopped in a validation");
    check_same("whole/" BEST, "pieces/" BEST, true, "stopped in a validation");
    check_same("whole/step-00000020.safetensors", "pieces/step-00000020.safetensors", true,
               "stopped in a validation");
}
END_TEST

/* A save is requested at step 30, and again in the final validation, where it also stops. */
START_TEST(a_stopped_final_validation_is_repeated) {
    struct train_settings s = everything("rnn", CHARNN_OPTIMIZER_SGD);
    s.max_steps = 30;
    train_whole(&s, "whole", 1);
    struct run run;
    run_init(&run, &s, "pieces", 1);
    run.save_after = 30;
    run.requests_to_stop = 2;
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_SIGNAL);
    ck_assert_uint_eq(run.requests_to_stop, 0);
    ck_assert(!run.due_on_request && run.validations == 2); /* steps 20 and 27 */
    run_deinit(&run);
    run_init(&run, &s, "pieces", 1);
    run_restore(&run, "pieces/" LAST);
    ck_assert(!trainer_progress(run.trainer)->due);
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_STEPS);
    ck_assert(run.steps == 0 && run.validations == 1);
    run_deinit(&run);
    check_same("whole/" LAST, "pieces/" LAST, true, "stopped in the final validation");
}
END_TEST

/* A save that is requested in a validation is made at once, and resumes with the validation. */
START_TEST(a_save_does_not_wait_for_a_validation) {
    struct train_settings s = everything("lstm", CHARNN_OPTIMIZER_ADAM);
    s.max_steps = 30;
    train_whole(&s, "whole", 1);
    struct run run;
    run_init(&run, &s, "pieces", 1);
    run.save_after = 20;
    run_train(&run);
    ck_assert(run.due_on_request && run.validations == 3);
    run_deinit(&run);
    check_same("whole/" LAST, "pieces/" LAST, true, "saved in a validation");
    check_same("whole/" BEST, "pieces/" BEST, true, "saved in a validation");
}
END_TEST

START_TEST(a_run_may_stop_before_its_first_step) {
    struct run run;
    run_init(&run, &usual, "stopped", 1);
    run.requests.stop = 1;
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_SIGNAL);
    ck_assert_uint_eq(run.steps, 0);
    ck_assert_uint_eq(trainer_progress(run.trainer)->step, 0);
    ck_assert_uint_eq(run.saves, 1);
    run_deinit(&run);
    struct run rest;
    run_init(&rest, &usual, "stopped", 1);
    run_restore(&rest, "stopped/" LAST);
    run_train(&rest);
    run_deinit(&rest);
    train_whole(&usual, "whole", 1);
    check_same("whole/" LAST, "stopped/" LAST, true, "stopped before the first step");
}
END_TEST

static enum status try_restore(const struct train_settings *settings, const char *text,
                               const char *checkpoint_name, struct error *error) {
    struct run run;
    struct checkpoint *checkpoint = open_checkpoint(checkpoint_name);
    run_prepare(&run, settings, text, "other", 1);
    ck_assert_int_eq(run_create_trainer(&run, error), CHARNN_OK);
    enum status status = trainer_restore(run.trainer, checkpoint, error);
    checkpoint_close(checkpoint);
    run_deinit(&run);
    return status;
}

START_TEST(resuming_on_another_text_is_refused) {
    struct error error = {0};
    train_until(&usual, "run", 2, 1);
    write_text("shorter", TEXT_LENGTH - 1);
    ck_assert_int_eq(try_restore(&usual, "shorter", "run/" LAST, &error), CHARNN_ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "not the one this run was trained on"));
    ck_assert_ptr_nonnull(strstr(error.message, "--init-from"));
}
END_TEST

START_TEST(resuming_from_weights_alone_is_refused) {
    struct error error = {0};
    train_whole(&usual, "run", 1);
    ck_assert_int_eq(try_restore(&usual, "text", "run/" BEST, &error), CHARNN_ERROR_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.message, "weights only"));
    ck_assert_ptr_nonnull(strstr(error.message, BEST));
    ck_assert_int_eq(try_restore(&usual, "text", "run/" LAST, &error), CHARNN_OK);
}
END_TEST

/* The file lacks the arrays of another optimizer or batch size. */
START_TEST(resuming_with_other_arrays_is_refused) {
    struct error error = {0};
    struct train_settings s = usual;
    train_until(&usual, "run", 2, 1);
    s.optimizer = CHARNN_OPTIMIZER_SGD;
    ck_assert_int_eq(try_restore(&s, "text", "run/" LAST, &error), CHARNN_ERROR_FORMAT);
    s = usual;
    s.batch_size = 4;
    ck_assert_int_eq(try_restore(&s, "text", "run/" LAST, &error), CHARNN_ERROR_FORMAT);
    s = usual;
    s.average = 0.9;
    ck_assert_int_eq(try_restore(&s, "text", "run/" LAST, &error), CHARNN_ERROR_FORMAT);
}
END_TEST

/* Writes the checkpoint `from` to `to` with another number in its training state and without its
 * checksum. */
static void edit_number(const char *from, const char *to, const char *key, const char *number) {
    static const char *const checksum[] = {"charnn.xxh64", "charnn.checksum"};
    struct error error = {0};
    struct file_bytes bytes;
    char quoted[64];
    ck_assert_int_eq(file_bytes_init(&bytes, path_of(from).text, &error), CHARNN_OK);
    unsigned char *copy = malloc(bytes.size);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes.data, bytes.size);
    for (size_t i = 0; i < 2; i++) {
        unsigned char *name = memmem(copy, bytes.size, checksum[i], strlen(checksum[i]));
        ck_assert_ptr_nonnull(name);
        name[0] = 'x';
    }
    (void)snprintf(quoted, sizeof quoted, "%s\\\":", key);
    const unsigned char *found = memmem(copy, bytes.size, quoted, strlen(quoted));
    ck_assert_msg(found != NULL, "no %s", key);
    size_t before = (size_t)(found - copy) + strlen(quoted);
    size_t after = before + strcspn((const char *)copy + before, ",}");
    uint64_t length;
    memcpy(&length, copy, sizeof length);
    length = length + strlen(number) - (after - before);
    memcpy(copy, &length, sizeof length);
    FILE *file = fopen(path_of(to).text, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(copy, 1, before, file), before);
    ck_assert_int_ge(fputs(number, file), 0);
    ck_assert_uint_eq(fwrite(copy + after, 1, bytes.size - after, file), bytes.size - after);
    ck_assert_int_eq(fclose(file), 0);
    file_bytes_deinit(&bytes);
    free(copy);
}

static const struct {
    const char *key, *number, *message; /* "": it can be resumed */
} numbers[] = {
    {"step", "1000000000001", "\"step\" is 1000000000001; it must be from 0 to 1000000000000"},
    {"step", "9007199254740991",
     "\"step\" is 9007199254740991; it must be from 0 to 1000000000000"},
    {"windows", "9007199254740991",
     "\"windows\" is 9007199254740991; it must be from 0 to 4503599627370496"},
    {"windows", "128674275067729", /* 2^52 / 35 and one more */
     "\"windows\" is 128674275067729; with these settings it must be at most 128674275067728"},
    {"windows", "128674275067728", ""},
    {"epoch", "1e300", "\"epoch\" is 1e+300; it must be from 0 to 4503599627370496"},
    {"characters", "9007199254740991",
     "\"characters\" is 9007199254740991; it must be from 0 to 4503599627370496"},
    {"history", "[[1,1e300,3,3]]", "entry 1 of \"history\" is not [step, epoch, train, val]"},
    {"history", "[[1,1,-3,3]]", "entry 1 of \"history\" is not [step, epoch, train, val]"},
    {"history", "[[1,1,3,1e63]]", "entry 1 of \"history\" is not [step, epoch, train, val]"},
    {"history", "[[1,1,null,3]]", ""},
    {"printed_count", "9007199254740991",
     "\"printed_count\" is 9007199254740991; it must be from 0 to 1000000000000"},
    {"loss_count", "2000000000000",
     "\"loss_count\" is 2000000000000; it must be from 0 to 1000000000000"},
    {"loss_count", "1.5", "\"loss_count\" must be a whole number from 0 to 9007199254740991"},
    {"loss_sum", "-1", "\"loss_sum\" is -1; it must be from 0 to 1e+62"},
    {"loss_sum", "1e999", "\"loss_sum\" must be a number"},
    {"rollbacks", "2147483648", "\"rollbacks\" is 2147483648; it must be from 0 to 1000000"},
    {"rollbacks", "1000000", ""},
    {"skipped", "3", "\"skipped\" is more than \"step\""},
    {"skipped_undone", "9007199254740991",
     "\"skipped_undone\" is 9007199254740991; it must be from 0 to 1000000000000"},
    {"bad_steps", "-1", "\"bad_steps\" must be a whole number from 0 to 9007199254740991"},
    {"best_epoch", "1e300", "\"best_epoch\" is 1e+300; it must be from 0 to 4503599627370496"},
    {"scheduled_step", "1e15",
     "\"scheduled_step\" is 1000000000000000; it must be from 0 to 1000000000000"},
    {"best_val", "true", "\"best_val\" must be a number"},
    {"best_val", "null", ""},
    {"smooth", "1e63", "\"smooth\" is 1e+63; it must be from 0 to 1e+62"},
};

START_TEST(numbers_out_of_range_are_refused) {
    struct error error = {0};
    train_until(&usual, "run", 2, 1);
    edit_number("run/" LAST, "edited", numbers[_i].key, numbers[_i].number);
    enum status status = try_restore(&usual, "text", "edited", &error);
    const char *message = strstr(error.message, ": ");
    ck_assert_int_eq(status, numbers[_i].message[0] == '\0' ? CHARNN_OK : CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(message != NULL ? message + 2 : error.message, numbers[_i].message);
}
END_TEST

/* --- the same bits ------------------------------------------------------------------------- */

START_TEST(threads_do_not_change_bits) {
    static const size_t threads[] = {2, 3, 7};
    struct train_settings s = everything(models[_i % MODELS], _i);
    s.max_steps = 30;
    train_whole(&s, "one", 1);
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        char what[64];
        (void)snprintf(what, sizeof what, "%s on %zu threads", s.model, threads[i]);
        train_whole(&s, "many", threads[i]);
        check_same("one/" LAST, "many/" LAST, true, what);
    }
}
END_TEST

START_TEST(validation_does_not_disturb_training) {
    struct train_settings s = everything(models[_i], CHARNN_OPTIMIZER_ADAM);
    s.eval_val_every = 0;
    s.max_steps = 30;
    train_whole(&s, "rarely", 1);
    s.eval_val_every = 1;
    train_whole(&s, "often", 2);
    check_same("rarely/" LAST, "often/" LAST, false, s.model);
    s.val_frac = 0; /* the training split is the same */
    train_whole(&s, "never", 1);
    check_same("rarely/" LAST, "never/" LAST, false, s.model);
}
END_TEST

/* In a process of its own, because a process chooses its kernels once. */
static void train_on_set(const struct train_settings *settings, const struct kernels *kernels,
                         const char *name) {
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        if (setenv("CHARNN_KERNELS", kernels->name, 1) != 0 || kernels_current() != kernels) {
            _exit(2);
        }
        train_whole(settings, name, 1);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "training on %s failed",
                  kernels->name);
}

START_TEST(instruction_sets_do_not_change_bits) {
    const char *fork_mode = getenv("CK_FORK");
    if (fork_mode != NULL && strcmp(fork_mode, "no") == 0) {
        return; /* the kernels are chosen already */
    }
    struct train_settings s = everything(models[_i % MODELS], _i);
    s.max_steps = 30;
    for (size_t i = 0; i < kernels_count; i++) {
        if (kernels_table[i]->supported()) {
            train_on_set(&s, kernels_table[i], kernels_table[i]->name);
        }
    }
    for (size_t i = 0; i < kernels_count; i++) {
        const struct kernels *kernels = kernels_table[i];
        if (kernels->supported() && kernels->fused) {
            char last[64];
            (void)snprintf(last, sizeof last, "%s/" LAST, kernels->name);
            check_same("scalar/" LAST, last, true, kernels->name);
        }
    }
}
END_TEST

/* The seed matters; otherwise the equalities above would prove nothing. */
START_TEST(other_seeds_give_other_weights) {
    struct train_settings s = everything("rnn", CHARNN_OPTIMIZER_ADAM);
    s.max_steps = 3;
    struct run run[2];
    for (size_t i = 0; i < 2; i++) {
        run_prepare(&run[i], &s, "text", "seeds", 1);
        run[i].settings.seed = s.seed + i; /* after the weights were initialized */
        struct error error = {0};
        ck_assert_int_eq(run_create_trainer(&run[i], &error), CHARNN_OK);
        run_train(&run[i]);
    }
    ck_assert(memcmp(run[0].model->parameters.values, run[1].model->parameters.values,
                     run[0].model->parameters.size * sizeof(float)) != 0);
    run_deinit(&run[1]);
    run_deinit(&run[0]);
}
END_TEST

/* One window repeated, at a rate of 0: only the dropout masks can change the loss. */
START_TEST(every_window_has_masks_of_its_own) {
    enum { STEPS = 4 };
    write_text("short", 20);
    for (int on = 0; on <= 1; on++) {
        double losses[STEPS];
        for (size_t step = 1; step <= STEPS; step++) {
            struct error error = {0};
            struct train_settings s = usual;
            struct run run;
            s.learning_rate = 0;
            s.dropout = on == 1 ? 0.5 : 0;
            s.max_steps = step;
            run_prepare(&run, &s, "short", "run", 1);
            ck_assert_int_eq(run_create_trainer(&run, &error), CHARNN_OK);
            ck_assert_uint_eq(trainer_plan(run.trainer)->windows, 1);
            run_train(&run);
            losses[step - 1] = run.last_loss;
            run_deinit(&run);
        }
        for (size_t step = 1; step < STEPS; step++) {
            ck_assert((losses[step] != losses[step - 1]) == (on == 1));
        }
    }
}
END_TEST

/* --- the plan ------------------------------------------------------------------------------ */

START_TEST(the_plan_is_as_asked) {
    struct train_settings s = usual;
    struct run run;
    run_init(&run, &s, "plan", 1);
    const struct trainer_plan *plan = trainer_plan(run.trainer);
    ck_assert_uint_eq(plan->splits[CHARNN_SPLIT_TRAIN].end, 960);
    ck_assert_uint_eq(plan->splits[CHARNN_SPLIT_VAL].end, 1080);
    ck_assert_uint_eq(plan->splits[CHARNN_SPLIT_TEST].end, TEXT_LENGTH);
    ck_assert(plan->batch == 5 && plan->steps == 7 && !plan->reduced);
    ck_assert_uint_eq(plan->windows, WINDOWS_PER_EPOCH);
    ck_assert_uint_eq(plan->updates, 60);
    size_t arrays = run.model->parameters.size * sizeof(float);
    ck_assert_uint_gt(plan->memory, 4 * arrays); /* values, gradients, two moments, and more */
    ck_assert_uint_lt(plan->memory, 100 * arrays);
    const struct train_progress *progress = trainer_progress(run.trainer);
    ck_assert(progress->step == 0 && progress->windows == 0 && isnan(progress->val) &&
              isnan(progress->best_val) && isnan(progress->train));
    ck_assert_ptr_eq(trainer_model(run.trainer), run.model);
    run_deinit(&run);
}
END_TEST

START_TEST(the_nearest_limit_counts) {
    static const struct {
        size_t epochs, steps, accumulate, updates;
    } cases[] = {
        {0, 0, 1, 0},  {2, 0, 1, 54}, {2, 50, 1, 50}, {2, 60, 1, 54},
        {2, 0, 4, 14}, {1, 0, 3, 9},  {0, 9, 3, 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct train_settings s = usual;
        struct run run;
        s.max_epochs = cases[i].epochs;
        s.max_steps = cases[i].steps;
        s.accumulate = cases[i].accumulate;
        run_init(&run, &s, "plan", 1);
        ck_assert_uint_eq(trainer_plan(run.trainer)->updates, cases[i].updates);
        run_deinit(&run);
    }
}
END_TEST

/* The training split has 16 of 20 letters, so 15 inputs. */
START_TEST(a_short_text_reduces_the_batch) {
    static const struct {
        size_t batch, steps, fit_batch, fit_steps, windows;
    } cases[] = {
        {5, 7, 2, 7, 1}, {5, 50, 1, 15, 1}, {15, 1, 15, 1, 1}, {2, 3, 2, 3, 2}, {16, 1, 15, 1, 1}};
    write_text("short", 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {0};
        struct train_settings s = usual;
        struct run run;
        s.batch_size = cases[i].batch;
        s.seq_length = cases[i].steps;
        s.max_steps = 3;
        run_prepare(&run, &s, "short", "short-run", 2);
        ck_assert_msg(run_create_trainer(&run, &error) == CHARNN_OK, "%s", error.message);
        const struct trainer_plan *plan = trainer_plan(run.trainer);
        ck_assert_uint_eq(plan->batch, cases[i].fit_batch);
        ck_assert_uint_eq(plan->steps, cases[i].fit_steps);
        ck_assert_uint_eq(plan->windows, cases[i].windows);
        ck_assert(plan->reduced ==
                  (cases[i].batch != cases[i].fit_batch || cases[i].steps != cases[i].fit_steps));
        run_train(&run);
        ck_assert(isfinite(run.last_loss));
        ck_assert_uint_eq(run.report.characters, cases[i].fit_batch * cases[i].fit_steps);
        run_deinit(&run);
    }
}
END_TEST

START_TEST(a_text_without_a_window_is_refused) {
    for (size_t length = 1; length <= 2; length++) {
        struct error error = {0};
        struct run run;
        write_text("tiny", length);
        run_prepare(&run, &usual, "tiny", "tiny-run", 1);
        ck_assert_int_eq(run_create_trainer(&run, &error), CHARNN_ERROR_DATA);
        ck_assert_ptr_null(run.trainer);
        ck_assert_ptr_nonnull(strstr(error.message, length == 1 ? "has 0 characters and needs"
                                                                : "has 1 character and needs"));
        run_deinit(&run);
    }
}
END_TEST

/* --- how runs end -------------------------------------------------------------------------- */

START_TEST(a_run_ends_after_its_steps) {
    struct train_settings s = usual;
    struct run run;
    s.num_layers = 1;
    s.learning_rate = 0.05;
    run_init(&run, &s, "run", 1);
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_STEPS);
    const struct train_progress *progress = trainer_progress(run.trainer);
    ck_assert(progress->step == 60 && progress->windows == 60);
    /* After two epochs and at the end of the run. */
    ck_assert_uint_eq(run.steps, 60);
    ck_assert_uint_eq(run.validations, 3);
    /* After each validation and before the first step. */
    ck_assert_uint_eq(run.saves, 1 + run.validations + run.improvements);
    ck_assert_double_eq(run.report.steps_done, 1);
    ck_assert(isinf(run.report.seconds_left));
    ck_assert_double_eq(run.report.progress->epoch, 60.0 / WINDOWS_PER_EPOCH);
    ck_assert_uint_eq(run.report.characters, 35);
    struct schedule_position last = {.step = 59, .progress = 59.0 / 60};
    ck_assert_double_eq(run.report.rate, schedule_rate(&s, last));
    ck_assert(isfinite(run.report.gradient_norm) && run.report.gradient_norm > 0);
    /* It has learned: a blind guess costs ln 12 = 2.48. */
    ck_assert_double_lt(progress->val, 2.3);
    ck_assert_double_lt(progress->train, 2.3);
    run_deinit(&run);
}
END_TEST

START_TEST(a_run_ends_after_its_epochs) {
    struct train_settings s = usual;
    s.max_epochs = 2;
    struct run run;
    run_init(&run, &s, "run", 1);
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_EPOCHS);
    ck_assert_uint_eq(trainer_progress(run.trainer)->step, 54);
    ck_assert_uint_eq(run.validations, 2); /* the end needs no other */
    run_deinit(&run);
    /* Updates of four windows; the last one ends after the second epoch. */
    s.accumulate = 4;
    run_init(&run, &s, "run", 1);
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_EPOCHS);
    ck_assert_uint_eq(trainer_progress(run.trainer)->step, 14);
    ck_assert_uint_eq(trainer_progress(run.trainer)->windows, 56);
    ck_assert_uint_eq(run.validations, 2);
    run_deinit(&run);
}
END_TEST

START_TEST(a_run_ends_after_its_seconds) {
    struct train_settings s = usual;
    s.max_steps = 0;
    s.max_seconds = 1e-9;
    struct run run;
    run_init(&run, &s, "run", 1);
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_SECONDS);
    ck_assert(run.steps == 0 && run.validations == 0); /* the step was undone */
    ck_assert(trainer_progress(run.trainer)->seconds > 0);
    run_deinit(&run);
    s.max_seconds = 1000;
    run_init(&run, &s, "run", 1);
    run_restore(&run, "run/" LAST);
    run.stop_after = 3;
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_SIGNAL);
    ck_assert_uint_eq(run.steps, 3);
    double left = 1000 - trainer_progress(run.trainer)->seconds_before -
                  trainer_progress(run.trainer)->seconds;
    ck_assert(left < 1000 && run.report.seconds_left >= left);
    run_deinit(&run);
    /* A resumed run that is over. */
    s.max_seconds = 1e-9;
    run_init(&run, &s, "run", 1);
    run_restore(&run, "run/" LAST);
    ck_assert(trainer_progress(run.trainer)->seconds_before > 0);
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_SECONDS);
    ck_assert(run.steps == 0 && run.validations == 1);
    run_deinit(&run);
}
END_TEST

/* Looks at the clock of an undisturbed step: one for each part, and one at its end. */
static size_t looks_of_step(const struct train_settings *settings) {
    struct run run;
    run_init(&run, settings, "looks", 1);
    run.stop_after = 1;
    run_train(&run);
    size_t parts = run.parts;
    run_deinit(&run);
    return parts + 1;
}

/* On a clock that shows a second more with each look. */
START_TEST(windows_are_measured) {
    struct train_settings s = usual;
    struct run run;
    size_t looks = looks_of_step(&s);
    run_init(&run, &s, "run", 1);
    faults_set_clock(1);
    double window = trainer_measure_window(run.trainer, 1000, 5);
    /* 2 seconds allow one part of 9: 2 layers and the decoder, forward, backward and gradients. */
    double slow = trainer_measure_window(run.trainer, 2, 5);
    faults_set_clock(0);
    ck_assert_double_eq_tol(window, (double)looks + 1, 1e-9); /* and the look of the measurement */
    ck_assert_double_eq_tol(slow, 9, 1e-9);
    run_deinit(&run);
}
END_TEST

/* Training ends early enough for the final validation, if there is time for one. */
START_TEST(time_is_kept_for_the_final_validation) {
    struct train_settings s = usual;
    s.max_seconds = 100;
    struct run run;
    run_init(&run, &s, "run", 1);
    struct trainer *t = run.trainer;
    const struct {
        double before, seconds, validated_at, validation; /* of the session, but for the second */
        double end;
        bool allowed, estimates;
    } cases[] = {
        {0, 5, 0, 0, 100, true, false},     {0, 10, 0, 0, 100, true, true},
        {0, 10, 0, 30, 70, true, false},    {0, 10, 0, 95, 10, true, false},
        {60, 3, 0, 30, 70, true, false},    {60, 3, 0, 50, 64, true, false},
        {60, 5, 0, 0, 100, true, true},     {0, 50, 50, 30, 70, true, false},
        {0, 71, 71, 30, 100, false, false}, {60, 15, 75, 20, 80, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        t->progress.seconds_before = cases[i].before;
        t->progress.seconds = cases[i].seconds;
        t->validated_at = cases[i].validated_at;
        t->validation_seconds = cases[i].validation;
        ck_assert_double_eq_tol(time_of_end(t), cases[i].end, 1e-9);
        ck_assert(time_allows_validation(t) == cases[i].allowed);
        ck_assert(time_needs_estimate(t) == cases[i].estimates);
    }
    run.settings.max_seconds = 0;
    ck_assert(isinf(time_of_end(t)) && !time_needs_estimate(t));
    run_deinit(&run);
}
END_TEST

/*
 * On a clock that shows 1/64 second more with each look: the trial ends after window 65, when more
 * than a second has passed, and looks once more. Window 1 scores 32 steps of the first stream. The
 * 63 others warm up for 199 steps, so they score 25 steps in window 7, and then 32. The time of the
 * other symbols follows from the 64 windows after the first.
 */
START_TEST(a_validation_is_estimated) {
    struct train_settings s = usual;
    struct error error = {0};
    struct run run;
    write_text("long", 400000);
    s.val_frac = 0.7;
    s.train_frac = 0.1;
    s.max_seconds = 100; /* a trial of at most a second */
    run_prepare(&run, &s, "long", "run", 1);
    ck_assert_int_eq(run_create_trainer(&run, &error), CHARNN_OK);
    run.trainer->requests = &run.requests;
    faults_set_clock(1.0 / 64);
    validation_estimate(run.trainer);
    faults_set_clock(0);
    double scored = 65 * 32 + 63 * (25 + 58 * 32);
    double left = (279999 - scored) / (scored - 32); /* 64 windows take a second */
    ck_assert_double_eq_tol(run.trainer->validation_seconds, 66.0 / 64 + left, 1e-9);
    run_deinit(&run);
}
END_TEST

/* The time before a resume counts for the cosine, and is saved again. */
START_TEST(a_cosine_by_time_continues) {
    struct train_settings s = usual;
    s.max_steps = 0;
    s.max_seconds = 1e9;
    struct run run;
    run_init(&run, &s, "run", 1);
    run.trainer->progress.seconds_before = 5e8;
    run.stop_after = 2;
    run_train(&run);
    run_deinit(&run);
    run_init(&run, &s, "run", 1);
    run_restore(&run, "run/" LAST);
    double before = trainer_progress(run.trainer)->seconds_before;
    ck_assert(before > 5e8 && before < 6e8);
    ck_assert_double_eq_tol(trainer_rate(run.trainer), s.learning_rate / 2, 1e-8);
    run_deinit(&run);
    /* Without the limit no time is saved: such runs have the same checkpoints every time. */
    s.max_seconds = 0;
    s.max_steps = 4;
    run_init(&run, &s, "run", 1);
    run_restore(&run, "run/" LAST);
    run_train(&run);
    run_deinit(&run);
    run_init(&run, &s, "run", 1);
    run_restore(&run, "run/" LAST);
    ck_assert_double_eq(trainer_progress(run.trainer)->seconds_before, 0);
    run_deinit(&run);
}
END_TEST

/* The rate of step `now` of 60 by a cosine that begins with `rate` at step `from`. */
static double cosine_rate(double rate, double from, double now) {
    return rate * (1 + cos(acos(-1) * (now - from) / (60 - from))) / 2;
}

/* Resumes at step 30 with another rate, stops at 45, resumes again with the same settings. */
static void check_given_rate(const struct train_settings *settings, double after_15, double at_30) {
    struct train_settings s = *settings;
    train_until(&s, "run", 30, 1);
    s.learning_rate = 0.5;
    struct run run;
    run_init(&run, &s, "run", 1);
    run_restore(&run, "run/" LAST);
    ck_assert_double_eq_tol(trainer_rate(run.trainer), at_30, 1e-12);
    trainer_restart_rate(run.trainer);
    ck_assert_double_eq_tol(trainer_rate(run.trainer), 0.5, 1e-12);
    run.stop_after = 45;
    run_train(&run);
    run_deinit(&run);
    run_init(&run, &s, "run", 1);
    run_restore(&run, "run/" LAST);
    ck_assert_double_eq_tol(trainer_rate(run.trainer), after_15, 1e-12);
    run_deinit(&run);
}

START_TEST(a_given_rate_is_in_force_at_once) {
    struct train_settings s = usual;
    check_given_rate(&s, cosine_rate(0.5, 30, 45), cosine_rate(0.5, 0, 30));
    s.schedule = CHARNN_SCHEDULE_STEP;
    s.learning_rate_decay = 0.25;
    s.learning_rate_decay_every = 10.0 / WINDOWS_PER_EPOCH;
    s.learning_rate_decay_after = 5.0 / WINDOWS_PER_EPOCH;
    /* decays at steps 5, 15, 25, 35, 45 */
    check_given_rate(&s, 0.5 / 16, 0.5 / 64);
}
END_TEST

/* Halvings that came before do not apply to it either, and a rollback does not forget it. */
START_TEST(a_given_rate_survives_a_rollback) {
    struct train_settings s = usual;
    s.schedule = CHARNN_SCHEDULE_STEP;
    s.eval_val_every = 4;
    struct run run;
    run_init(&run, &s, "run", 1);
    run.spoil_after = 5;
    run.stop_after = 10;
    run.settings.max_bad_steps = 1;
    run_train(&run);
    ck_assert_uint_eq(run.rollbacks, 1);
    run_deinit(&run);
    s.max_bad_steps = 1;
    s.learning_rate = 0.02;
    run_init(&run, &s, "run", 1);
    run_restore(&run, "run/" LAST);
    ck_assert_double_eq_tol(trainer_rate(run.trainer), 0.01, 1e-12);
    trainer_restart_rate(run.trainer);
    ck_assert_double_eq_tol(trainer_rate(run.trainer), 0.02, 1e-12);
    run.spoil_after = 11; /* back to step 8, before the rate was given */
    run.stop_after = 13;
    run_train(&run);
    ck_assert_uint_eq(run.rollbacks, 1);
    ck_assert_double_eq_tol(trainer_rate(run.trainer), 0.01, 1e-12);
    run_deinit(&run);
}
END_TEST

/* At a rate of 0 only the first validation is an improvement. */
START_TEST(a_run_ends_when_patience_does) {
    struct train_settings s = usual;
    s.learning_rate = 0;
    s.max_steps = 0;
    s.patience = 3;
    s.eval_val_every = 2;
    struct run run;
    run_init(&run, &s, "run", 1);
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_PATIENCE);
    const struct train_progress *progress = trainer_progress(run.trainer);
    ck_assert_uint_eq(progress->step, 8);
    ck_assert_uint_eq(progress->validations_since_best, 3);
    ck_assert_uint_eq(progress->best_step, 2);
    ck_assert_double_eq(progress->best_epoch, 2.0 / WINDOWS_PER_EPOCH);
    ck_assert_double_eq(progress->best_val, progress->val);
    ck_assert(run.validations == 4 && run.improvements == 1 && run.saves == 6);
    run_deinit(&run);
}
END_TEST

/* --- divergence ---------------------------------------------------------------------------- */

static void check_divergence(const char *model, int optimizer) {
    struct error error = {0};
    struct train_settings s = usual;
    struct run run;
    s.model = model;
    s.optimizer = optimizer;
    train_until(&s, "before", 3, 1);
    train_until(&s, "after", 3, 1);
    s.learning_rate = 3e38;
    s.max_steps = 50;
    s.on_divergence = CHARNN_DIVERGENCE_STOP;
    run_init(&run, &s, "after", 1);
    run_restore(&run, "after/" LAST);
    ck_assert_int_eq(run_try(&run, &error), CHARNN_ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "training diverged"));
    ck_assert_ptr_nonnull(strstr(error.message, "--learning-rate"));
    ck_assert_uint_lt(run.steps, 20);
    ck_assert(run.saves == 0 && run.rollbacks == 0);
    run_deinit(&run);
    check_same("before/" LAST, "after/" LAST, true, model);
    ck_assert(!exists("after/" BEST));
}

START_TEST(divergence_is_an_error_and_saves_nothing) {
    for (int optimizer = 0; optimizer < OPTIMIZERS; optimizer++) {
        check_divergence(models[_i], optimizer);
    }
}
END_TEST

/* The weights overflow; the check before the validation notices. */
START_TEST(divergence_shows_in_validation) {
    struct error error = {0};
    struct train_settings s = usual;
    struct run run;
    s.schedule = CHARNN_SCHEDULE_STEP;
    s.learning_rate = 1e300;
    s.learning_rate_decay_after = 100;
    s.eval_val_every = 1;
    s.on_divergence = CHARNN_DIVERGENCE_STOP;
    run_init(&run, &s, "run", 1);
    ck_assert_int_eq(run_try(&run, &error), CHARNN_ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "the model at step 1 is not finite"));
    ck_assert_uint_eq(run.saves, 1); /* before the first step */
    run_deinit(&run);
    ck_assert(!exists("run/" BEST));
}
END_TEST

/* Weight decay multiplies the weights by -2.8 in each step, so they overflow before the validation
 * at step 100; at half the rate they shrink. */
static struct train_settings explosive(const char *model) {
    struct train_settings s = everything(model, CHARNN_OPTIMIZER_SGD);
    s.schedule = CHARNN_SCHEDULE_STEP;
    s.learning_rate_decay_after = 100;
    s.learning_rate = 3.8;
    s.weight_decay = 1;
    s.batch_size = 2;
    s.seq_length = 3; /* 159 windows per epoch */
    s.eval_val_every = 100;
    s.max_steps = 130;
    return s;
}

START_TEST(a_diverged_run_goes_back_and_on_with_half_the_rate) {
    struct train_settings s = explosive(models[_i]);
    struct run run;
    run_init(&run, &s, "run", 1);
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_STEPS);
    const struct train_progress *progress = trainer_progress(run.trainer);
    ck_assert(run.rollbacks == 1 && progress->rollbacks == 1);
    ck_assert_uint_eq(progress->step, 130);
    ck_assert_uint_gt(run.steps, 180); /* some were repeated */
    ck_assert(isfinite(progress->val) && isfinite(progress->train));
    ck_assert_double_eq(run.report.rate, 1.9);
    run_deinit(&run);
    run_init(&run, &s, "run", 1); /* everything in the file is finite */
    run_restore(&run, "run/" LAST);
    run_deinit(&run);
}
END_TEST

/* Stopped before, between and after rollbacks. */
START_TEST(a_diverging_run_in_pieces_is_the_same_run) {
    struct train_settings s = explosive(models[_i]);
    train_whole(&s, "whole", 1);
    for (size_t stop = 1; stop <= 129; stop += 8) {
        char what[64];
        struct run run;
        (void)snprintf(what, sizeof what, "%s, stopped at %zu", s.model, stop);
        train_until(&s, "pieces", stop, 2);
        run_init(&run, &s, "pieces", 1);
        run_restore(&run, "pieces/" LAST);
        run_train(&run);
        run_deinit(&run);
        check_same("whole/" LAST, "pieces/" LAST, true, what);
        check_same("whole/" BEST, "pieces/" BEST, true, what);
    }
}
END_TEST

/* Every step is bad at any rate; the run fails after ten rollbacks. */
START_TEST(a_run_that_always_diverges_is_given_up) {
    struct error error = {0};
    struct train_settings s = usual;
    struct run run;
    s.schedule = CHARNN_SCHEDULE_STEP;
    s.learning_rate = 1e300;
    s.learning_rate_decay_after = 100;
    run_init(&run, &s, "run", 1);
    ck_assert_int_eq(run_try(&run, &error), CHARNN_ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "repeatedly from the same checkpoint"));
    ck_assert_uint_eq(run.rollbacks, 10);
    ck_assert_uint_eq(trainer_progress(run.trainer)->step, 1 + s.max_bad_steps);
    run_deinit(&run);
}
END_TEST

/* Skipped steps that were undone count too, also after resuming. */
START_TEST(skipped_steps_are_counted_through_rollbacks) {
    struct train_settings s = explosive("rnn");
    struct run run;
    s.max_bad_steps = 3;
    s.eval_val_every = 1000;
    run_init(&run, &s, "run", 1);
    run_train(&run);
    ck_assert_uint_gt(run.rollbacks, 0);
    size_t skipped = trainer_progress(run.trainer)->skipped;
    ck_assert_uint_eq(skipped, run.skips);
    ck_assert_uint_ge(skipped, 3 * run.rollbacks);
    ck_assert_uint_eq(trainer_progress(run.trainer)->skipped_undone, skipped);
    run_deinit(&run);
    run_init(&run, &s, "run", 1);
    run_restore(&run, "run/" LAST);
    ck_assert_uint_eq(trainer_progress(run.trainer)->skipped, skipped);
    run_deinit(&run);
}
END_TEST

START_TEST(a_bad_step_is_skipped) {
    struct train_settings s = usual;
    struct run run;
    s.max_steps = 10;
    run_init(&run, &s, "run", 1);
    run.spoil_after = 4; /* the carried state becomes NaN */
    run_train(&run);
    const struct train_progress *progress = trainer_progress(run.trainer);
    ck_assert(progress->skipped == 1 && progress->step == 10 && run.rollbacks == 0);
    ck_assert(isfinite(progress->val) && isfinite(progress->train) && isfinite(progress->smooth));
    run_deinit(&run);
    run_init(&run, &s, "run", 1);
    run_restore(&run, "run/" LAST);
    ck_assert_uint_eq(trainer_progress(run.trainer)->skipped, 1);
    run_deinit(&run);
}
END_TEST

/* --- checkpoints --------------------------------------------------------------------------- */

/* Long training on a small text overfits, so `best` is not `last`. */
START_TEST(best_is_the_best_validation) {
    struct train_settings s = usual;
    s.rnn_size = 24;
    s.learning_rate = 0.03;
    s.max_steps = 300;
    s.average = _i == 0 ? 0 : 0.5;
    s.schedule = CHARNN_SCHEDULE_STEP;
    s.learning_rate_decay_after = 100;
    s.eval_val_every = 9;
    struct run run;
    run_init(&run, &s, "run", 2);
    run_train(&run);
    const struct train_progress *progress = trainer_progress(run.trainer);
    ck_assert_uint_lt(progress->best_step, 200);
    ck_assert(progress->best_val < progress->val);

    struct error error = {0};
    struct checkpoint *checkpoint = open_checkpoint("run/" BEST);
    struct model *model;
    struct evaluator *evaluator;
    struct split part = trainer_plan(run.trainer)->splits[CHARNN_SPLIT_VAL];
    ck_assert_int_eq(checkpoint_load_model(checkpoint, CHARNN_USE_RUN, 1, &model, &error),
                     CHARNN_OK);
    ck_assert_int_eq(
        evaluator_create(model, run.pool, part.end - part.begin, false, &evaluator, &error),
        CHARNN_OK);
    struct evaluation evaluation = evaluator_run(evaluator, run.corpus, run.vocab, part, NULL);
    ck_assert_uint_eq(evaluation.scored, part.end - part.begin - 1);
    ck_assert_double_eq(evaluation_nats_per_symbol(&evaluation), progress->best_val);
    const cJSON *training = checkpoint_training(checkpoint);
    ck_assert_double_eq(cJSON_GetObjectItem(training, "step")->valuedouble,
                        (double)progress->best_step);
    ck_assert_double_eq(cJSON_GetObjectItem(training, "best_val")->valuedouble, progress->best_val);
    ck_assert(!checkpoint_has_flat(checkpoint, "optim.exp_avg"));
    evaluator_destroy(evaluator);
    model_destroy(model);
    checkpoint_close(checkpoint);
    run_deinit(&run);
}
END_TEST

/* Without a validation text the newest weights count as the best. */
START_TEST(without_validation_the_newest_is_best) {
    struct train_settings s = usual;
    s.val_frac = 0;
    s.patience = 1;
    struct run run;
    run_init(&run, &s, "run", 1);
    run_train(&run);
    ck_assert_int_eq(run.end, CHARNN_END_STEPS);
    ck_assert_uint_eq(run.improvements, run.validations);
    const struct train_progress *progress = trainer_progress(run.trainer);
    ck_assert(isnan(progress->val) && isnan(progress->best_val) && progress->best_step == 60);
    run_deinit(&run);
    run_init(&run, &s, "run", 1);
    run_restore(&run, "run/" LAST);
    ck_assert(isnan(trainer_progress(run.trainer)->val));
    run_deinit(&run);
}
END_TEST

START_TEST(checkpoints_keep_the_average) {
    struct train_settings s = usual;
    s.average = 0.9;
    s.max_steps = 5;
    struct run run;
    run_init(&run, &s, "run", 1);
    ck_assert_ptr_ne(trainer_model(run.trainer), run.model);
    run_train(&run);
    struct error error = {0};
    struct model *model;
    struct checkpoint *checkpoint = open_checkpoint("run/" LAST);
    ck_assert_int_eq(checkpoint_load_model(checkpoint, CHARNN_USE_RUN, 1, &model, &error),
                     CHARNN_OK);
    const struct parameters *average = &trainer_model(run.trainer)->parameters;
    assert_same_bits(model->parameters.values, average->values, average->size, "the average");
    ck_assert(
        memcmp(average->values, run.model->parameters.values, average->size * sizeof(float)) != 0);
    model_destroy(model);
    checkpoint_close(checkpoint);
    run_deinit(&run);
}
END_TEST

START_TEST(numbered_checkpoints_are_kept) {
    struct train_settings s = usual;
    s.max_steps = 25;
    s.checkpoint_every = 10;
    s.savefile = "name";
    struct run run;
    run_init(&run, &s, "run", 1);
    run_train(&run);
    run_deinit(&run);
    ck_assert(exists("run/name-step-00000010.safetensors"));
    ck_assert(exists("run/name-step-00000020.safetensors"));
    ck_assert(!exists("run/name-step-00000025.safetensors"));
    ck_assert(exists("run/name-last.safetensors") && exists("run/name-best.safetensors"));
    ck_assert(!exists("run/" LAST));
    /* It holds the state at its step. */
    s.checkpoint_every = 0;
    s.savefile = "";
    s.max_steps = 10;
    s.schedule = CHARNN_SCHEDULE_STEP;
    train_whole(&s, "short", 1);
    s.max_steps = 25;
    s.checkpoint_every = 10;
    train_whole(&s, "long", 1);
    check_same("short/" BEST, "long/step-00000010.safetensors", false, "numbered");
}
END_TEST

START_TEST(paths_of_checkpoints) {
    struct error error = {0};
    struct train_settings s = usual;
    char path[32];
    s.checkpoint_dir = "cv";
    ck_assert_int_eq(trainer_checkpoint_path(&s, "last", path, sizeof path, &error), CHARNN_OK);
    ck_assert_str_eq(path, "cv/last.safetensors");
    s.savefile = "lstm";
    ck_assert_int_eq(trainer_checkpoint_path(&s, "best", path, sizeof path, &error), CHARNN_OK);
    ck_assert_str_eq(path, "cv/lstm-best.safetensors");
    s.savefile = NULL;
    ck_assert_int_eq(trainer_checkpoint_path(&s, "best", path, 19, &error), CHARNN_ERROR_USAGE);
    ck_assert_int_eq(trainer_checkpoint_path(&s, "best", path, 20, &error), CHARNN_OK);
    ck_assert_str_eq(path, "cv/best.safetensors");
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_an_error) {
    struct error error = {0};
    struct run run;
    run_init(&run, &usual, "text/run", 1); /* a file is in the way */
    ck_assert_int_eq(run_try(&run, &error), CHARNN_ERROR_IO);
    ck_assert_uint_eq(run.steps, 0);
    run_deinit(&run);
}
END_TEST

/* --- accumulation -------------------------------------------------------------------------- */

/* The mean gradient of the first `windows` windows at the initial weights. */
static void mean_gradient(struct run *run, size_t windows, double *mean) {
    struct error error = {0};
    struct batches *batches;
    struct network *network;
    int32_t x[35];
    int32_t y[35];
    const struct parameters *p = &run->model->parameters;
    const struct dropout none = {0};
    struct network_plan plan = {.batch = 5, .steps = 7, .trainable = true};
    ck_assert_int_eq(batches_create(run->corpus, run->vocab,
                                    trainer_plan(run->trainer)->splits[CHARNN_SPLIT_TRAIN], 5, 7, 1,
                                    &batches, &error),
                     CHARNN_OK);
    ck_assert_int_eq(network_create(run->model, run->pool, &plan, &network, &error), CHARNN_OK);
    for (size_t window = 0; window < windows; window++) {
        (void)batches_next(batches, x, y);
        memset(p->gradients, 0, p->size * sizeof *p->gradients);
        (void)network_train(network, x, y, 7, &none, 1);
        for (size_t i = 0; i < p->size; i++) {
            mean[i] += (double)p->gradients[i] / (double)windows;
        }
    }
    memset(p->gradients, 0, p->size * sizeof *p->gradients);
    network_destroy(network);
    batches_destroy(batches);
}

START_TEST(accumulation_is_the_mean_gradient) {
    for (size_t windows = 1; windows <= 6; windows++) {
        struct train_settings s = usual;
        struct run run;
        s.model = models[windows % MODELS];
        s.optimizer = CHARNN_OPTIMIZER_SGD;
        s.momentum = 0;
        s.schedule = CHARNN_SCHEDULE_STEP;
        s.learning_rate_decay_after = 100;
        s.learning_rate = 1;
        s.accumulate = windows;
        s.max_steps = 1;
        run_init(&run, &s, "run", 2);
        size_t size = run.model->parameters.size;
        double *expected = calloc(size, sizeof *expected);
        ck_assert_ptr_nonnull(expected);
        mean_gradient(&run, windows, expected);
        for (size_t i = 0; i < size; i++) {
            expected[i] = (double)run.model->parameters.values[i] - expected[i];
        }
        run_train(&run);
        ck_assert_uint_eq(trainer_progress(run.trainer)->windows, windows);
        ck_assert_uint_eq(run.report.characters, 35 * windows);
        assert_floats(run.model->parameters.values, expected, size,
                      (struct tolerance){.absolute = 1e-6, .relative = 1e-5}, "%zu windows",
                      windows);
        free(expected);
        run_deinit(&run);
    }
}
END_TEST

static void set_up(void) {
    make_folder();
    write_text("text", TEXT_LENGTH);
}

Suite *trainer_suite(void) {
    Suite *suite = suite_create("trainer");
    TCase *test = tcase_create("trainer");
    tcase_add_checked_fixture(test, set_up, remove_folder);
    tcase_add_loop_test(test, a_run_in_two_pieces_is_the_same_run, 0, MODELS * OPTIMIZERS);
    tcase_add_test(test, a_run_in_many_pieces_is_the_same_run);
    tcase_add_test(test, a_stopped_validation_is_repeated);
    tcase_add_loop_test(test, a_step_that_is_stopped_is_undone, 0, MODELS);
    tcase_add_test(test, a_stopped_final_validation_is_repeated);
    tcase_add_test(test, a_save_does_not_wait_for_a_validation);
    tcase_add_test(test, a_run_may_stop_before_its_first_step);
    tcase_add_test(test, resuming_on_another_text_is_refused);
    tcase_add_test(test, resuming_from_weights_alone_is_refused);
    tcase_add_test(test, resuming_with_other_arrays_is_refused);
    tcase_add_loop_test(test, numbers_out_of_range_are_refused, 0,
                        sizeof numbers / sizeof numbers[0]);
    tcase_add_loop_test(test, instruction_sets_do_not_change_bits, 0, OPTIMIZERS);
    tcase_add_loop_test(test, validation_does_not_disturb_training, 0, MODELS);
    tcase_add_test(test, other_seeds_give_other_weights);
    tcase_add_test(test, every_window_has_masks_of_its_own);
    tcase_add_test(test, the_plan_is_as_asked);
    tcase_add_test(test, the_nearest_limit_counts);
    tcase_add_test(test, a_short_text_reduces_the_batch);
    tcase_add_test(test, a_text_without_a_window_is_refused);
    tcase_add_test(test, a_run_ends_after_its_steps);
    tcase_add_test(test, a_run_ends_after_its_epochs);
    tcase_add_test(test, a_run_ends_after_its_seconds);
    tcase_add_test(test, time_is_kept_for_the_final_validation);
    if (faults_available()) {
        tcase_add_test(test, windows_are_measured);
        tcase_add_test(test, a_validation_is_estimated);
    }
    tcase_add_test(test, a_cosine_by_time_continues);
    tcase_add_test(test, a_given_rate_is_in_force_at_once);
    tcase_add_test(test, a_given_rate_survives_a_rollback);
    tcase_add_test(test, a_run_ends_when_patience_does);
    tcase_add_loop_test(test, divergence_is_an_error_and_saves_nothing, 0, MODELS);
    tcase_add_test(test, divergence_shows_in_validation);
    tcase_add_loop_test(test, a_diverged_run_goes_back_and_on_with_half_the_rate, 0, MODELS);
    tcase_add_loop_test(test, a_diverging_run_in_pieces_is_the_same_run, 0, MODELS);
    tcase_add_test(test, a_run_that_always_diverges_is_given_up);
    tcase_add_test(test, skipped_steps_are_counted_through_rollbacks);
    tcase_add_test(test, a_bad_step_is_skipped);
    tcase_add_loop_test(test, best_is_the_best_validation, 0, 2);
    tcase_add_test(test, without_validation_the_newest_is_best);
    tcase_add_test(test, checkpoints_keep_the_average);
    tcase_add_test(test, numbered_checkpoints_are_kept);
    tcase_add_test(test, paths_of_checkpoints);
    tcase_add_test(test, a_folder_that_cannot_be_made_is_an_error);
    suite_add_tcase(suite, test);
    TCase *threads = tcase_create("threads"); /* .ci/run runs it under the thread sanitizer */
    tcase_add_checked_fixture(threads, set_up, remove_folder);
    tcase_add_loop_test(threads, threads_do_not_change_bits, 0, OPTIMIZERS);
    tcase_add_test(threads, accumulation_is_the_mean_gradient);
    suite_add_tcase(suite, threads);
    return suite;
}
