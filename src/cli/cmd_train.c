/* charnn train: opens what the run needs, trains, and reports how it ended. */
#include "cli/options/command.h"
#include "cli/train/changes.h"
#include "cli/train/config.h"
#include "cli/train/ending.h"
#include "cli/train/folder.h"
#include "cli/train/model.h"
#include "cli/train/observer.h"
#include "cli/train/origin.h"
#include "cli/train/run.h"
#include "cli/train/signals.h"
#include "cli/train/summary.h"

static enum status create_trainer(struct train_run *run, struct error *error) {
    run->parts = (struct trainer_parts){
        .settings = run->settings,
        .config = run->config,
        .corpus = run->text.corpus,
        .vocab = run->text.vocab,
        .model = run->model,
        .pool = run->pool,
    };
    enum status status = trainer_create(&run->parts, &run->trainer, error);
    if (status != CHARNN_OK || !run->settings->resume) {
        return status;
    }
    if (trainer_restore(run->trainer, run->origin, error) != CHARNN_OK) {
        return error->status;
    }
    return train_changes_create(&run->invocation->options, run->trainer, &run->changes, error);
}

/* Everything that may fail without a trace: a new run has not yet touched its folder or log. */
static enum status open_inputs(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    struct options *options = &run->invocation->options;
    if (train_origin_open(run->invocation, &run->lock, &run->origin, error) != CHARNN_OK ||
        train_text_open(&run->text, options, run->origin, error) != CHARNN_OK ||
        train_model_create(s, run->origin, run->text.vocab, &run->model, error) != CHARNN_OK ||
        train_config_create(options, run->text.corpus, run->origin, &run->config, error) !=
            CHARNN_OK ||
        thread_pool_create(thread_pool_size_for(s->threads), &run->pool, error) != CHARNN_OK ||
        create_trainer(run, error) != CHARNN_OK) {
        return error->status;
    }
    return train_samples_init(&run->samples, s, trainer_model(run->trainer), run->text.vocab,
                              run->pool, error);
}

/* The folder of a resumed run is claimed already, before its checkpoint is read. */
static enum status open_outputs(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    const struct train_progress *from = s->resume ? trainer_progress(run->trainer) : NULL;
    FILE *err = run->invocation->err;
    if (!s->resume && train_folder_claim(s, err, &run->lock, error) != CHARNN_OK) {
        return error->status;
    }
    if (train_log_open(&run->log, s->log, from, s->print_every, err, error) != CHARNN_OK ||
        (!s->resume && train_folder_keep_earlier(s, err, error) != CHARNN_OK)) {
        return error->status;
    }
    progress_init(&run->progress, err, s);
    return CHARNN_OK;
}

static enum status train(struct train_run *run, struct error *error) {
    enum train_end end;
    train_summary_print(run);
    train_log_start(&run->log, &run->parts, run->changes, trainer_progress(run->trainer));
    train_signals_watch();
    enum status status = train_run_observed(run, &end, error);
    if (status == CHARNN_OK) {
        status = train_ending_print(run, end, error);
    } else {
        train_ending_print_failure(run, error);
    }
    progress_clear(&run->progress);
    if (status == CHARNN_OK && run->samples.failure.status != CHARNN_OK) {
        *error = run->samples.failure;
        status = error->status;
    }
    return status == CHARNN_OK ? log_writer_check(&run->log.writer, error) : status;
}

static void release(struct train_run *run) {
    log_writer_close(&run->log.writer);
    train_samples_deinit(&run->samples);
    cJSON_Delete(run->changes);
    trainer_destroy(run->trainer);
    thread_pool_destroy(run->pool);
    cJSON_Delete(run->config);
    model_destroy(run->model);
    train_text_deinit(&run->text);
    checkpoint_close(run->origin);
    lock_release(run->lock);
}

enum status cmd_train(struct invocation *invocation, struct error *error) {
    struct train_run run = {
        .invocation = invocation,
        .settings = invocation->settings,
        .log = {.writer = {.path = "", .fd = -1}},
    };
    train_signals_begin();
    enum status status = open_inputs(&run, error);
    if (status != CHARNN_OK) {
        status = train_text_explain(&run.text, run.settings, error);
    } else {
        status = open_outputs(&run, error);
        if (status == CHARNN_OK) {
            status = train(&run, error);
        }
    }
    release(&run);
    return status;
}
