#include "base/file.h"
#include "base/memory.h"
#include "base/plural.h"
#include "cli/options/command.h"
#include "cli/terminal/format.h"
#include "cli/terminal/stream.h"
#include "cli/train/changes.h"
#include "cli/train/folder.h"
#include "cli/train/inputs.h"
#include "cli/train/log.h"
#include "cli/train/progress.h"
#include "cli/train/resume_command.h"
#include "cli/train/signals.h"
#include "cli/train/summary.h"
#include "infer/allowed.h"
#include "infer/generator.h"
#include "text/records.h"
#include "train/trainer.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* All that one training command holds; released in one place. */
struct run {
    struct invocation *invocation;
    const struct train_settings *settings;
    struct train_inputs inputs;
    struct thread_pool *pool;
    struct trainer_parts parts; /* inputs and pool, as the trainer has them */
    struct trainer *trainer;
    cJSON *changes; /* what --resume found changed; else NULL */
    struct progress progress;
    struct train_log log;
    bool warned;                 /* of losses worse than guesses */
    size_t skipped_step;         /* the last step that was left out; 0 for none */
    struct generator *generator; /* NULL without --sample-every */
    struct error sample_error;
    bool sampling_failed;
    bool validated; /* in this session */
};

/* ---- while it runs ----------------------------------------------------------------------------
 */

static enum status write_sample(struct run *run, struct error *error) {
    FILE *out = run->invocation->out;
    const char *between = records_separator(run->settings->records);
    generator_restart(run->generator, run->settings->seed, 0, 1);
    for (size_t i = 0; i < run->settings->sample_length; i++) {
        int32_t id;
        unsigned char bytes[CHARNN_SYMBOL_BYTES];
        if (generator_write(run->generator, 1, &id, error) != CHARNN_OK) {
            return error->status;
        }
        uint32_t code = vocab_code(run->inputs.vocab, id);
        size_t size = symbol_encode(code, bytes);
        enum status status = code == CHARNN_SYMBOL_END
                                 ? stream_write(out, between, strlen(between), error)
                                 : stream_write(out, bytes, size, error);
        if (status != CHARNN_OK) {
            return status;
        }
    }
    if (stream_write(out, "\n", 1, error) != CHARNN_OK) {
        return error->status;
    }
    return stream_flush(out, error);
}

/* Training is worth more than samples: weights that give none may be gone back from, and where the
 * output fails, that is said at the end. */
static void show_sample(struct run *run, size_t step) {
    struct error error = {0};
    progress_clear(&run->progress);
    (void)fprintf(run->invocation->err, "sample      step %zu, temperature %g\n", step,
                  run->settings->sample_temperature);
    if (write_sample(run, &error) == CHARNN_OK) {
        return;
    }
    if (error.status == CHARNN_ERROR_DATA) {
        progress_say(&run->progress, "warning", "no sample at step %zu: %s", step, error.message);
        return;
    }
    run->sample_error = error;
    run->sampling_failed = true;
}

/* Of steps in a row that are left out, only the first is told. */
static void note_skipped(struct run *run, const struct train_report *report) {
    size_t step = report->progress->step;
    if (report->skipped == NULL) {
        return;
    }
    if (run->skipped_step == 0 || step != run->skipped_step + 1) {
        progress_say(&run->progress, "skipped", "step %zu: its %s is not finite", step,
                     report->skipped);
    }
    run->skipped_step = step;
}

static void on_step(void *context, const struct train_report *report) {
    struct run *run = context;
    train_log_step(&run->log, report);
    progress_step(&run->progress, report);
    note_skipped(run, report);
    if (run->generator == NULL || run->sampling_failed ||
        report->progress->step % run->settings->sample_every != 0) {
        return;
    }
    show_sample(run, report->progress->step);
}

/*
 * New weights begin at the loss of a blind guess, ln V. Where it is finite and far above that, in
 * training as in validation (which alone would be an unlike text, or one learned by heart), steps
 * are too large; that is said once. Weights that learned another text may begin there as well, so
 * of these it is said only when they do not get better.
 */
static void warn_of_divergence(struct run *run, const struct train_progress *p, bool improved) {
    const double margin = 1;
    size_t characters = vocab_size(run->inputs.vocab);
    double guess = log((double)characters);
    bool learns = improved && cJSON_HasObjectItem(run->inputs.config, "origin");
    if (run->warned || learns || !(p->val > guess + margin) || !(p->train > guess + margin)) {
        return;
    }
    run->warned = true;
    progress_say(&run->progress, "warning",
                 "val %.4f nats is worse than a blind guess among %zu characters (ln %zu = %.4f "
                 "nats): the steps are too large; use a lower --learning-rate",
                 p->val, characters, characters, guess);
}

static void on_validation(void *context, const struct train_report *report, bool improved) {
    struct run *run = context;
    run->validated = true;
    train_log_validation(&run->log, report, improved);
    progress_validation(&run->progress, report, improved);
    warn_of_divergence(run, report->progress, improved);
}

/* Says where the run is saved. */
static void on_obeyed(void *context) {
    struct run *run = context;
    struct error error = {0};
    char path[CHARNN_PATH_LENGTH];
    if (trainer_checkpoint_path(run->settings, "last", path, sizeof path, &error) == CHARNN_OK) {
        progress_say(&run->progress, "saved", "step %zu: %s", trainer_progress(run->trainer)->step,
                     path);
    }
}

static void on_save_failed(void *context, const struct error *error, bool again) {
    struct run *run = context;
    progress_say(&run->progress, "warning", "%s%s", error->message,
                 again ? "; that is tried again with the next checkpoint" : "");
}

static void on_rolled_back(void *context, size_t from, const char *what) {
    struct run *run = context;
    const struct train_progress *p = trainer_progress(run->trainer);
    progress_say(&run->progress, "diverged",
                 "the %s was not finite at step %zu: back to step %zu, and on with 1/%.0f of the "
                 "rate",
                 what, from, p->step, ldexp(1, (int)p->rollbacks));
    train_log_rollback(&run->log, p, from, what);
}

static const char *end_text(enum train_end end) {
    static const char *const texts[] = {
        [CHARNN_END_EPOCHS] = "all epochs done",     [CHARNN_END_STEPS] = "all steps done",
        [CHARNN_END_SECONDS] = "time is up",         [CHARNN_END_PATIENCE] = "no improvement",
        [CHARNN_END_SIGNAL] = "stopped by a signal",
    };
    return texts[end];
}

static double epochs_done(const struct run *run) {
    return (double)trainer_progress(run->trainer)->windows /
           (double)trainer_plan(run->trainer)->windows;
}

static void print_done(struct run *run, enum train_end end) {
    const struct train_progress *p = trainer_progress(run->trainer);
    char text[CHARNN_FORMAT_SIZE];
    progress_say(&run->progress, "done", "%s at step %zu, epoch %.2f, %s", end_text(end), p->step,
                 epochs_done(run), format_duration(p->seconds, text));
    bool idle = run->progress.steps == 0 && !run->validated;
    if (idle && (end == CHARNN_END_EPOCHS || end == CHARNN_END_STEPS)) {
        progress_say(&run->progress, "note",
                     "nothing was left to do; to go on, give a later end with --max-epochs or "
                     "--max-steps");
    }
    if (p->skipped > 0) {
        progress_say(&run->progress, "skipped", "%zu step%s whose loss or gradient was not finite",
                     p->skipped, plural_ending(p->skipped));
    }
}

/* Whether this run's checkpoint of that name is there; its path. */
static bool has_checkpoint(const struct run *run, const char *name, char *path, size_t size) {
    struct error error = {0};
    return trainer_has_saved(run->trainer) &&
           trainer_checkpoint_path(run->settings, name, path, size, &error) == CHARNN_OK &&
           access(path, F_OK) == 0;
}

/* How to go on with the run, if it can be gone on with. */
static void print_resume(struct run *run) {
    const struct train_settings *s = run->settings;
    bool from_stdin = train_inputs_have_stdin(&run->inputs);
    size_t size = resume_command(s, from_stdin, NULL, 0) + 1;
    struct error error = {0};
    char path[CHARNN_PATH_LENGTH];
    void *text;
    if (!has_checkpoint(run, "last", path, sizeof path)) {
        progress_say(&run->progress, "note", "nothing was saved, so there is no run to resume");
        return;
    }
    if (memory_allocate(size, 1, "a line", &text, &error) == CHARNN_OK) {
        (void)resume_command(s, from_stdin, text, size);
        progress_say(&run->progress, "resume", "%s", (const char *)text);
        memory_free(text);
    }
}

/* Where there is no best checkpoint, as before the first validation: which one there is to use. */
static void print_usable(struct run *run) {
    char path[CHARNN_PATH_LENGTH];
    if (!has_checkpoint(run, "best", path, sizeof path) &&
        has_checkpoint(run, "last", path, sizeof path)) {
        progress_say(&run->progress, "note",
                     "there is no best checkpoint (a validation writes it); use %s", path);
    }
}

static enum status print_end(struct run *run, enum train_end end, struct error *error) {
    const struct train_progress *p = trainer_progress(run->trainer);
    char path[CHARNN_PATH_LENGTH];
    train_log_end(&run->log, p, epochs_done(run), end_text(end));
    print_done(run, end);
    if (trainer_checkpoint_path(run->settings, "best", path, sizeof path, error) != CHARNN_OK) {
        return error->status;
    }
    if (isfinite(p->best_val)) {
        progress_say(&run->progress, "best", "val %.4f nats, %.4f bits/char, at epoch %.2f: %s",
                     p->best_val, format_bits(p->best_val), p->best_epoch, path);
    }
    if (end != CHARNN_END_SIGNAL) {
        return CHARNN_OK;
    }
    on_obeyed(run);
    print_usable(run);
    print_resume(run);
    run->invocation->signal = (int)train_signals_requests()->stop;
    return CHARNN_OK;
}

/* What an error at the end leaves: the log ends with it, and mostly the run can be resumed. */
static void print_failure(struct run *run, const struct error *error) {
    char reason[CHARNN_ERROR_LENGTH + 16];
    (void)snprintf(reason, sizeof reason, "failed: %s", error->message);
    train_log_end(&run->log, trainer_progress(run->trainer), epochs_done(run), reason);
    progress_clear(&run->progress);
    if (error->status == CHARNN_ERROR_IO) {
        print_resume(run);
    }
}

/* ---- the command ------------------------------------------------------------------------------
 */

static enum status restore(struct run *run, struct error *error) {
    if (!run->settings->resume) {
        return CHARNN_OK;
    }
    if (trainer_restore(run->trainer, run->inputs.origin, error) != CHARNN_OK) {
        return error->status;
    }
    return train_changes_note(&run->invocation->options, run->trainer, &run->changes, error);
}

/* For the samples that it shows. */
static enum status make_generator(struct run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    struct sampler_settings sampler = {.temperatures = {1, {s->sample_temperature}},
                                       .seed = s->seed};
    bool *allowed;
    if (allowed_create(run->inputs.vocab, "", "", &allowed, error) != CHARNN_OK) {
        return error->status;
    }
    sampler.allowed = allowed;
    enum status status = generator_create(trainer_model(run->trainer), run->inputs.vocab, run->pool,
                                          &sampler, 1, &run->generator, error);
    memory_free(allowed);
    return status;
}

static enum status prepare(struct run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    size_t threads = thread_pool_size_for(s->threads);
    if (train_inputs_open(&run->inputs, error) != CHARNN_OK ||
        thread_pool_create(threads, &run->pool, error) != CHARNN_OK) {
        return error->status;
    }
    run->parts = (struct trainer_parts){
        .settings = s,
        .config = run->inputs.config,
        .corpus = run->inputs.corpus,
        .vocab = run->inputs.vocab,
        .model = run->inputs.model,
        .pool = run->pool,
    };
    if (trainer_create(&run->parts, &run->trainer, error) != CHARNN_OK ||
        restore(run, error) != CHARNN_OK) {
        return error->status;
    }
    return s->sample_every > 0 ? make_generator(run, error) : CHARNN_OK;
}

/* Makes ready the folder and the log, and says what is about to be done. */
static enum status open_outputs(struct run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    FILE *err = run->invocation->err;
    const struct train_progress *from = trainer_progress(run->trainer);
    if (train_inputs_claim(&run->inputs, error) != CHARNN_OK ||
        train_log_open(&run->log, s->log, s->resume ? from : NULL, s->print_every, err, error) !=
            CHARNN_OK ||
        (!s->resume && train_folder_keep_earlier(s, err, error) != CHARNN_OK)) {
        return error->status;
    }
    train_summary_print(&run->parts, run->trainer, err);
    train_summary_print_rare(&run->parts, &run->inputs.rare, err);
    if (run->inputs.origin != NULL && !s->resume) {
        train_summary_print_origin(&run->parts, run->inputs.origin, err);
    }
    train_changes_print(run->changes, err);
    train_log_start(&run->log, &run->parts, run->changes, from);
    progress_init(&run->progress, err, s);
    return CHARNN_OK;
}

static enum status train(struct run *run, struct error *error) {
    struct train_observer observer = {
        .context = run,
        .step = on_step,
        .validation = on_validation,
        .saved_on_request = on_obeyed,
        .save_failed = on_save_failed,
        .rolled_back = on_rolled_back,
    };
    enum train_end end;
    if (open_outputs(run, error) != CHARNN_OK) {
        return error->status;
    }
    train_signals_watch();
    enum status status =
        trainer_run(run->trainer, &observer, train_signals_requests(), &end, error);
    if (status == CHARNN_OK) {
        status = print_end(run, end, error);
    } else {
        print_failure(run, error);
    }
    progress_clear(&run->progress);
    if (status == CHARNN_OK && run->sampling_failed) {
        *error = run->sample_error;
        status = error->status;
    }
    return status == CHARNN_OK ? train_log_check(&run->log, error) : status;
}

enum status cmd_train(struct invocation *invocation, struct error *error) {
    struct run run = {
        .invocation = invocation,
        .settings = invocation->settings,
        .inputs = {.invocation = invocation, .settings = invocation->settings},
        .log = {.path = "", .fd = -1},
    };
    train_signals_begin();
    enum status status = prepare(&run, error);
    if (status == CHARNN_OK) {
        status = train(&run, error);
        train_log_close(&run.log);
    } else {
        status = train_inputs_explain(&run.inputs, error);
    }
    generator_destroy(run.generator);
    trainer_destroy(run.trainer);
    thread_pool_destroy(run.pool);
    cJSON_Delete(run.changes);
    train_inputs_deinit(&run.inputs);
    return status;
}
