#include "cli/train/run.h"

#include "cli/train/signals.h"

#include <math.h>

/* Prints the first of consecutive skipped steps; the log has them all. */
static void print_skipped(struct train_run *run, const struct train_report *report) {
    size_t step = report->progress->step;
    if (report->skipped == NULL) {
        return;
    }
    if (run->skipped_step == 0 || step != run->skipped_step + 1) {
        progress_say(&run->progress, "skipped", "step %zu: the %s is not finite", step,
                     report->skipped);
    }
    run->skipped_step = step;
}

static void on_step(void *context, const struct train_report *report) {
    struct train_run *run = context;
    train_log_step(&run->log, report);
    if (run->pace.began <= 0) {
        train_begin_pace(run);
    }
    train_keep_budget(run);
    progress_step(&run->progress, report);
    train_say_estimate(run);
    print_skipped(run, report);
    train_write_sample(run, report->progress->step);
}

static void on_working(void *context, double done) {
    struct train_run *run = context;
    progress_working(&run->progress, trainer_progress(run->trainer)->step + 1, done);
    train_say_slow_estimate(run, done);
}

/*
 * New weights start at ln V, the loss of a uniform guess. If both losses are far above it, the
 * steps are too large; the validation loss alone may be high because its text differs or because
 * the training text is memorized. Weights from another text may start that high, so their loss is
 * reported only if it does not improve.
 */
static void warn_of_divergence(struct train_run *run, const struct train_progress *p,
                               bool improved) {
    const double margin = 1;
    size_t characters = vocab_size(run->vocab);
    double guess = log((double)characters);
    bool learns = improved && cJSON_HasObjectItem(run->config, "origin");
    if (run->warned || learns || !(p->val > guess + margin) || !(p->train > guess + margin)) {
        return;
    }
    run->warned = true;
    progress_say(&run->progress, "warning",
                 "val %.4f nats is worse than a uniform guess over %zu characters (ln %zu = %.4f "
                 "nats); use a lower --learning-rate, such as %.2g",
                 p->val, characters, characters, guess, run->settings->learning_rate / 10);
}

static void on_validation(void *context, const struct train_report *report, bool improved) {
    struct train_run *run = context;
    train_log_validation(&run->log, report, improved);
    progress_validation(&run->progress, report, improved);
    warn_of_divergence(run, report->progress, improved);
}

static void on_obeyed(void *context) {
    train_print_saved(context);
}

static void on_save_failed(void *context, const struct error *error, bool again) {
    struct train_run *run = context;
    progress_say(&run->progress, "warning", "%s%s", error->message,
                 again ? "; will retry with the next checkpoint" : "");
}

static void on_rolled_back(void *context, size_t from, const char *what) {
    struct train_run *run = context;
    const struct train_progress *p = trainer_progress(run->trainer);
    progress_say(&run->progress, "diverged",
                 "the %s is not finite at step %zu: back to step %zu, with 1/%.0f of the learning "
                 "rate",
                 what, from, p->step, ldexp(1, (int)p->rollbacks));
    train_begin_pace(run);
    train_log_rollback(&run->log, p, from, what);
}

enum status train_until_end(struct train_run *run, enum train_end *end, struct error *error) {
    const struct train_observer observer = {
        .context = run,
        .step = on_step,
        .working = on_working,
        .validation = on_validation,
        .saved_on_request = on_obeyed,
        .save_failed = on_save_failed,
        .rolled_back = on_rolled_back,
    };
    return trainer_run(run->trainer, &observer, train_signals_requests(), end, error);
}
