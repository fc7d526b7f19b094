/* charnn train: opens what the run needs, trains, and reports how it ended. */
#include "base/clock.h"
#include "base/files/file.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/train/run.h"
#include "cli/train/signals.h"
#include "ranks/ranks.h"

#include <stdint.h>
#include <unistd.h>

static enum status create_trainer(struct train_run *run, struct error *error) {
    enum status status = trainer_create(&run->parts, &run->trainer, error);
    if (status != CHARNN_OK || !run->settings->resume) {
        return status;
    }
    if (trainer_restore(run->trainer, run->origin, error) != CHARNN_OK) {
        return error->status;
    }
    return train_note_changes(run, error);
}

/* Opens what takes little memory, and plans the rest. */
static enum status open_inputs(struct train_run *run, struct error *error) {
    size_t threads = thread_pool_size_for(run->settings->threads);
    if (train_open_origin(run, error) != CHARNN_OK || train_open_text(run, error) != CHARNN_OK) {
        return train_explain_stdin(run, error);
    }
    if (thread_pool_create(threads, &run->pool, error) != CHARNN_OK ||
        train_choose_budget(run, error) != CHARNN_OK ||
        train_choose_recipe(run, error) != CHARNN_OK ||
        train_create_config(run, error) != CHARNN_OK || train_plan(run, error) != CHARNN_OK) {
        return train_explain_stdin(run, error);
    }
    return CHARNN_OK;
}

/* Allocates the rest. A new run says first how much that is; a resumed one may still be refused in
 * one line. */
static enum status allocate(struct train_run *run, struct error *error) {
    if (!run->settings->resume) {
        train_print_sizes(run);
    }
    if (train_check_memory(run, error) != CHARNN_OK ||
        train_create_model(run, error) != CHARNN_OK || train_fit_output(run, error) != CHARNN_OK ||
        create_trainer(run, error) != CHARNN_OK ||
        train_create_generator(run, error) != CHARNN_OK) {
        return train_explain_stdin(run, error);
    }
    return CHARNN_OK;
}

static enum status open_log(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    const struct train_progress *from = s->resume ? trainer_progress(run->trainer) : NULL;
    enum status status = train_log_open(&run->log, s, from, &run->progress, error);
    run->log.is_over = status == CHARNN_OK && from != NULL && train_log_is_over(run);
    return status;
}

/*
 * A new run that cannot start leaves the log and the checkpoints of an earlier run alone. A log
 * with a new name is opened before the earlier run moves. A log whose name the earlier run has can
 * only be opened after the move.
 */
static enum status open_new_outputs(struct train_run *run, struct error *error) {
    bool is_new = access(run->settings->log, F_OK) != 0;
    if ((is_new && open_log(run, error) != CHARNN_OK) ||
        train_keep_earlier(run, error) != CHARNN_OK ||
        (!is_new && open_log(run, error) != CHARNN_OK)) {
        return error->status;
    }
    return CHARNN_OK;
}

static enum status open_outputs(struct train_run *run, struct error *error) {
    if (ranks_rank() > 0) {
        return open_log(run, error);
    }
    enum status status =
        run->settings->resume ? open_log(run, error) : open_new_outputs(run, error);
    return status == CHARNN_OK ? train_link_log(run, error) : status;
}

/* Claims what the run will write, and checks it. */
static enum status claim_outputs(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    if (ranks_rank() > 0) {
        return CHARNN_OK;
    }
    enum status status = s->dry_run  ? CHARNN_OK
                         : s->resume ? train_find_log(run, error)
                                     : train_claim_folder(run, error);
    return status == CHARNN_OK ? train_check_outputs(run, error) : status;
}

static enum status train(struct train_run *run, struct error *error) {
    enum train_end end;
    train_print_summary(run);
    train_log_start(&run->log, &run->parts, trainer_plan(run->trainer), run->changes,
                    trainer_progress(run->trainer));
    train_signals_watch(run->progress.line.live);
    enum status status = train_until_end(run, &end, error);
    if (status == CHARNN_OK) {
        train_print_end(run, end);
    } else {
        train_print_failure(run, error);
        ranks_abort(error);
    }
    progress_clear(&run->progress);
    if (status == CHARNN_OK && run->sample_failure.status != CHARNN_OK) {
        *error = run->sample_failure;
        status = error->status;
    }
    return status == CHARNN_OK ? log_writer_check(&run->log.writer, error) : status;
}

static void release(struct train_run *run) {
    log_writer_close(&run->log.writer);
    generator_destroy(run->generator);
    cJSON_Delete(run->changes);
    trainer_destroy(run->trainer);
    thread_pool_destroy(run->pool);
    cJSON_Delete(run->config);
    model_destroy(run->model);
    vocab_destroy(run->vocab);
    corpus_close(run->corpus);
    memory_free(run->files);
    checkpoint_close(run->origin);
    lock_release(run->lock);
    file_remove_directory(run->settings->checkpoint_dir,
                          run->kept_folder); /* if nothing is saved */
}

static enum status prepare(struct train_run *run, struct error *error) {
    if (train_join_ranks(run, error) != CHARNN_OK ||
        ranks_agree(open_inputs(run, error), error) != CHARNN_OK ||
        train_compare_inputs(run, error) != CHARNN_OK ||
        ranks_agree(claim_outputs(run, error), error) != CHARNN_OK ||
        ranks_agree(allocate(run, error), error) != CHARNN_OK) {
        return error->status;
    }
    return train_compare_start(run, error);
}

enum status cmd_train(struct invocation *invocation, struct error *error) {
    struct train_run run = {
        .began = clock_seconds(),
        .invocation = invocation,
        .settings = invocation->settings,
        .kept_folder = SIZE_MAX,
        .log = {.writer = {.path = "", .fd = -1}},
    };
    progress_init(&run.progress, invocation->err, run.settings);
    train_signals_begin();
    enum status status = prepare(&run, error);
    if (status == CHARNN_OK && run.settings->dry_run) {
        train_dry_run(&run);
    } else if (status == CHARNN_OK) {
        status = ranks_agree(open_outputs(&run, error), error);
        status = status == CHARNN_OK ? train(&run, error) : status;
    }
    release(&run);
    return status;
}
