#include "cli/train/observer.h"

#include "base/file.h"
#include "cli/train/signals.h"

#include <math.h>

/* The context of the trainer's calls. */
struct observer {
    struct train_run *run;
    size_t skipped_step; /* the last step that was skipped; 0: none */
    bool warned;         /* of divergence */
};

/* A failed sample does not end the training: weights that are not finite may be rolled back, and a
 * failure of the output is reported at the end. */
static void show_sample(struct train_run *run, size_t step) {
    struct error error = {0};
    progress_say(&run->progress, "sample", "step %zu, temperature %g", step,
                 run->settings->sample_temperature);
    if (train_samples_write(&run->samples, run->invocation->out, &error) == CHARNN_ERROR_DATA) {
        progress_say(&run->progress, "warning", "no sample at step %zu: %s", step, error.message);
    }
}

/* Of consecutive skipped steps, only the first is printed; the log has them all. */
static void print_skipped(struct observer *o, const struct train_report *report) {
    size_t step = report->progress->step;
    if (report->skipped == NULL) {
        return;
    }
    if (o->skipped_step == 0 || step != o->skipped_step + 1) {
        progress_say(&o->run->progress, "skipped", "step %zu: its %s is not finite", step,
                     report->skipped);
    }
    o->skipped_step = step;
}

static void on_step(void *context, const struct train_report *report) {
    struct observer *o = context;
    struct train_run *run = o->run;
    size_t step = report->progress->step;
    train_log_step(&run->log, report);
    progress_step(&run->progress, report);
    print_skipped(o, report);
    if (train_samples_scheduled(&run->samples, step)) {
        show_sample(run, step);
    }
}

/*
 * A new model starts at ln V, the loss of a uniform guess. Both losses far above it mean that the
 * steps are too large. The validation loss alone may be that high if the validation text differs or
 * the training text is memorized. A model from --init-from may start there, so it only counts if it
 * does not improve.
 */
static void warn_of_divergence(struct observer *o, const struct train_progress *p, bool improved) {
    const double margin = 1;
    const struct train_run *run = o->run;
    size_t characters = vocab_size(run->text.vocab);
    double guess = log((double)characters);
    bool learns = improved && cJSON_HasObjectItem(run->config, "origin");
    if (o->warned || learns || !(p->val > guess + margin) || !(p->train > guess + margin)) {
        return;
    }
    o->warned = true;
    progress_say(&o->run->progress, "warning",
                 "val %.4f nats is worse than a blind guess among %zu characters (ln %zu = %.4f "
                 "nats): the steps are too large; use a lower --learning-rate",
                 p->val, characters, characters, guess);
}

static void on_validation(void *context, const struct train_report *report, bool improved) {
    struct observer *o = context;
    train_log_validation(&o->run->log, report, improved);
    progress_validation(&o->run->progress, report, improved);
    warn_of_divergence(o, report->progress, improved);
}

void train_print_saved(struct train_run *run) {
    struct error error = {0};
    char path[CHARNN_PATH_LENGTH];
    if (trainer_checkpoint_path(run->settings, "last", path, sizeof path, &error) == CHARNN_OK) {
        progress_say(&run->progress, "saved", "step %zu: %s", trainer_progress(run->trainer)->step,
                     path);
    }
}

static void on_obeyed(void *context) {
    const struct observer *o = context;
    train_print_saved(o->run);
}

static void on_save_failed(void *context, const struct error *error, bool again) {
    struct observer *o = context;
    progress_say(&o->run->progress, "warning", "%s%s", error->message,
                 again ? "; that is tried again with the next checkpoint" : "");
}

static void on_rolled_back(void *context, size_t from, const char *what) {
    struct train_run *run = ((struct observer *)context)->run;
    const struct train_progress *p = trainer_progress(run->trainer);
    progress_say(&run->progress, "diverged",
                 "the %s was not finite at step %zu: back to step %zu, and on with 1/%.0f of the "
                 "rate",
                 what, from, p->step, ldexp(1, (int)p->rollbacks));
    train_log_rollback(&run->log, p, from, what);
}

enum status train_run_observed(struct train_run *run, enum train_end *end, struct error *error) {
    struct observer context = {.run = run};
    const struct train_observer observer = {
        .context = &context,
        .step = on_step,
        .validation = on_validation,
        .obeyed = on_obeyed,
        .save_failed = on_save_failed,
        .rolled_back = on_rolled_back,
    };
    return trainer_run(run->trainer, &observer, train_signals_requests(), end, error);
}
