#include "base/file.h"
#include "base/memory.h"
#include "base/plural.h"
#include "checkpoint/json.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/progress.h"
#include "cli/stream.h"
#include "cli/train_log.h"
#include "cli/train_summary.h"
#include "infer/generator.h"
#include "kernels/kernels.h"
#include "train/trainer.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LENGTH = 4096 };

/* All that one training command holds; released in one place. */
struct run {
    struct invocation *invocation;
    struct train_settings *settings;
    struct checkpoint *origin; /* what --resume or --init-from names; NULL for neither */
    const char **files;
    size_t file_count;
    struct corpus *corpus;
    struct vocab *vocab;
    struct model *model;
    cJSON *config;
    struct thread_pool *pool;
    struct trainer_parts parts; /* the five above, as the trainer has them */
    struct trainer *trainer;
    struct progress progress;
    struct train_log log;
    struct generator *generator; /* NULL without --sample-every */
    struct error sample_error;
    bool sampling_failed;
};

static volatile sig_atomic_t stop_signal;

static void note_signal(int number) {
    static const char text[] =
        "\ncharnn train: stopping after this step; another signal ends at once, without saving\n";
    stop_signal = number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {
        return; /* nobody to tell */
    }
}

/* The first signal asks the run to stop; the second has its usual effect and ends it at once. */
static void watch_signals(void) {
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND};
    struct sigaction hangup;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) { /* not nohup */
        (void)sigaction(SIGHUP, &action, NULL);
    }
}

/* ---- what to start from -----------------------------------------------------------------------
 */

/* Opens the run to resume, and takes from it the settings that were not given. */
static enum status open_resumed(struct run *run, struct error *error) {
    char path[PATH_LENGTH];
    struct options *options = &run->invocation->options;
    const struct command_spec *command = run->invocation->command;
    if (trainer_checkpoint_path(run->settings, "last", path, sizeof path, error) != CHARNN_OK) {
        return error->status;
    }
    if (access(path, F_OK) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno,
                               "there is no run to resume, as %s cannot be opened; name its folder "
                               "with --checkpoint-dir",
                               path);
    }
    if (checkpoint_open(path, &run->origin, error) != CHARNN_OK ||
        options_resume(options, checkpoint_config(run->origin), path, error) != CHARNN_OK) {
        return error->status;
    }
    return command->check(options, run->settings, error);
}

/* A model setting that was given by a flag must agree with the checkpoint that the weights come
 * from. */
static enum status check_given(const struct run *run, const char *option, bool agrees,
                               struct error *error) {
    if (!agrees && options_origin(&run->invocation->options, option) == CHARNN_ORIGIN_FLAG) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--%s does not agree with %s, whose weights --init-from asks for; leave "
                         "it out",
                         option, run->settings->init_from);
    }
    return CHARNN_OK;
}

/* Opens the checkpoint whose weights to start from; its model is the run's. */
static enum status open_initial(struct run *run, struct error *error) {
    struct train_settings *s = run->settings;
    if (checkpoint_open(s->init_from, &run->origin, error) != CHARNN_OK) {
        return error->status;
    }
    const struct model_shape *shape = checkpoint_shape(run->origin);
    if (check_given(run, "model", strcmp(s->model, shape->cell->name) == 0, error) != CHARNN_OK ||
        check_given(run, "rnn-size", s->rnn_size == shape->hidden, error) != CHARNN_OK ||
        check_given(run, "num-layers", s->num_layers == shape->layers, error) != CHARNN_OK ||
        check_given(run, "peephole", s->peephole == shape->peephole, error) != CHARNN_OK) {
        return error->status;
    }
    s->model = shape->cell->name;
    s->rnn_size = shape->hidden;
    s->num_layers = shape->layers;
    s->peephole = shape->peephole;
    return CHARNN_OK;
}

static enum status open_origin(struct run *run, struct error *error) {
    if (run->settings->resume) {
        return open_resumed(run, error);
    }
    return run->settings->init_from[0] != '\0' ? open_initial(run, error) : CHARNN_OK;
}

/* ---- the text ---------------------------------------------------------------------------------
 */

static enum status allocate_files(struct run *run, size_t count, struct error *error) {
    void *memory;
    enum status status =
        memory_allocate(count, sizeof *run->files, "the list of files", &memory, error);
    run->files = memory;
    return status;
}

/* input.txt in --data-dir. */
static enum status name_data_file(struct run *run, struct error *error) {
    char path[PATH_LENGTH];
    char *copy;
    int length = snprintf(path, sizeof path, "%s/input.txt", run->settings->data_dir);
    if (length < 0 || (size_t)length >= sizeof path) {
        return error_set(error, CHARNN_ERROR_USAGE, "--data-dir: the path is too long");
    }
    if (options_keep_text(&run->invocation->options, path, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    run->files[run->file_count++] = copy;
    return CHARNN_OK;
}

/* The files that a resumed run was trained on. */
static enum status name_recorded_files(struct run *run, struct error *error) {
    const cJSON *files;
    const cJSON *file;
    const char *path = checkpoint_path(run->origin);
    if (json_get_array(checkpoint_config(run->origin), path, "files", &files, error) != CHARNN_OK ||
        allocate_files(run, (size_t)cJSON_GetArraySize(files), error) != CHARNN_OK) {
        return error->status;
    }
    cJSON_ArrayForEach(file, files) {
        if (!cJSON_IsString(file)) {
            return error_set(error, CHARNN_ERROR_FORMAT,
                             "%s: its list of training files is damaged; name the files", path);
        }
        run->files[run->file_count++] = file->valuestring;
    }
    return CHARNN_OK;
}

static enum status name_files(struct run *run, struct error *error) {
    const struct options *options = &run->invocation->options;
    if (options->argument_count == 0 && run->settings->data_dir[0] == '\0') {
        return name_recorded_files(run, error);
    }
    if (allocate_files(run, options->argument_count + 1, error) != CHARNN_OK) {
        return error->status;
    }
    if (options->argument_count == 0) {
        return name_data_file(run, error);
    }
    for (; run->file_count < options->argument_count; run->file_count++) {
        run->files[run->file_count] = options->arguments[run->file_count];
    }
    return CHARNN_OK;
}

static enum status open_text(struct run *run, struct error *error) {
    const struct vocab *known = run->origin != NULL ? checkpoint_vocab(run->origin) : NULL;
    enum encoding encoding =
        known != NULL ? vocab_encoding(known) : (enum encoding)run->settings->encoding;
    if (name_files(run, error) != CHARNN_OK ||
        corpus_open(run->files, run->file_count, encoding, &run->corpus, error) != CHARNN_OK) {
        return error->status;
    }
    if (known == NULL) {
        return corpus_build_vocab(run->corpus, &run->vocab, error);
    }
    if (corpus_check_vocab(run->corpus, known, error) != CHARNN_OK) {
        return error->status;
    }
    return vocab_create(encoding, vocab_codes(known), vocab_size(known), &run->vocab, error);
}

/* ---- the model, and the settings as they are saved --------------------------------------------
 */

static enum status make_model(struct run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    if (run->origin != NULL && !s->resume) {
        return checkpoint_load_model(run->origin, true, &run->model, error);
    }
    struct model_shape shape = {
        .cell = cell_find(s->model),
        .vocab = vocab_size(run->vocab),
        .hidden = s->rnn_size,
        .layers = s->num_layers,
        .peephole = s->peephole,
    };
    if (model_create(&shape, true, &run->model, error) != CHARNN_OK) {
        return error->status;
    }
    model_initialize(run->model, s->init_scale, s->seed);
    return CHARNN_OK;
}

/* The settings, and where the text is, as it was named, so that its parts can be scored later. */
static enum status make_config(struct run *run, struct error *error) {
    cJSON *files;
    if (options_to_json(run->invocation->options.table, run->settings, &run->config, error) !=
            CHARNN_OK ||
        json_add_array(run->config, "files", &files, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < run->file_count; i++) {
        /* JSON cannot hold a name that is not UTF-8; whoever needs that file must name it. */
        const char *name = json_is_utf8(run->files[i]) ? run->files[i] : "";
        if (json_add_string(files, NULL, name, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

/* Makes <dir>/previous-<name> of an earlier run's <dir>/<name>; whether there was one. */
static enum status keep_earlier(const struct train_settings *s, const char *name, bool *found,
                                struct error *error) {
    char path[PATH_LENGTH];
    char kept[PATH_LENGTH];
    char kept_name[32];
    (void)snprintf(kept_name, sizeof kept_name, "previous-%s", name);
    if (trainer_checkpoint_path(s, name, path, sizeof path, error) != CHARNN_OK ||
        trainer_checkpoint_path(s, kept_name, kept, sizeof kept, error) != CHARNN_OK) {
        return error->status;
    }
    struct stat info;
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        return CHARNN_OK; /* nothing to keep; what else is in the way shows when it is written */
    }
    *found = true;
    if (rename(path, kept) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot rename %s to %s", path, kept);
    }
    return CHARNN_OK;
}

/* A new run in the folder of an earlier one neither destroys its checkpoints nor mixes with them.
 */
static enum status keep_earlier_run(const struct run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    bool found = false;
    if (s->resume) {
        return CHARNN_OK;
    }
    if (keep_earlier(s, "best", &found, error) != CHARNN_OK ||
        keep_earlier(s, "last", &found, error) != CHARNN_OK) {
        return error->status;
    }
    if (found) {
        (void)fprintf(
            run->invocation->err,
            "note        the checkpoints of an earlier run in %s are now called previous-...; "
            "--resume would have continued it\n",
            s->checkpoint_dir);
    }
    return CHARNN_OK;
}

/* ---- while it runs ----------------------------------------------------------------------------
 */

static enum status write_sample(struct run *run, struct error *error) {
    FILE *out = run->invocation->out;
    generator_restart(run->generator, run->settings->seed);
    for (size_t i = 0; i < run->settings->sample_length; i++) {
        int32_t id;
        unsigned char bytes[CHARNN_SYMBOL_BYTES];
        if (generator_next(run->generator, &id, error) != CHARNN_OK) {
            return error->status;
        }
        size_t size = symbol_encode(vocab_code(run->vocab, id), bytes);
        if (stream_write(out, bytes, size, error) != CHARNN_OK) {
            return error->status;
        }
    }
    if (stream_write(out, "\n", 1, error) != CHARNN_OK) {
        return error->status;
    }
    return stream_flush(out, error);
}

static void on_step(void *context, const struct train_report *report) {
    struct run *run = context;
    train_log_step(&run->log, report);
    progress_step(&run->progress, report);
    if (run->generator == NULL || run->sampling_failed ||
        report->progress->step % run->settings->sample_every != 0) {
        return;
    }
    progress_clear(&run->progress);
    (void)fprintf(run->invocation->err, "sample      step %zu, temperature %g\n",
                  report->progress->step, run->settings->sample_temperature);
    if (write_sample(run, &run->sample_error) != CHARNN_OK) {
        run->sampling_failed = true; /* said at the end: training is worth more than samples */
    }
}

static void on_validation(void *context, const struct train_report *report, bool improved) {
    struct run *run = context;
    train_log_validation(&run->log, report, improved);
    progress_validation(&run->progress, report, improved);
}

static const char *end_text(enum train_end end) {
    static const char *const texts[] = {
        [CHARNN_END_EPOCHS] = "all epochs done",     [CHARNN_END_STEPS] = "all steps done",
        [CHARNN_END_SECONDS] = "time is up",         [CHARNN_END_PATIENCE] = "no improvement",
        [CHARNN_END_SIGNAL] = "stopped by a signal",
    };
    return texts[end];
}

/* An option and its value, quoted for the shell. */
static void print_option(const char *name, const char *value, FILE *stream) {
    (void)fprintf(stream, " --%s '", name);
    for (; *value != '\0'; value++) {
        if (*value == '\'') {
            (void)fputs("'\\''", stream);
        } else {
            (void)fputc(*value, stream);
        }
    }
    (void)fputc('\'', stream);
}

static bool reads_stdin(const struct run *run) {
    for (size_t i = 0; i < run->file_count; i++) {
        if (strcmp(run->files[i], "-") == 0) {
            return true;
        }
    }
    return false;
}

/* The command that goes on with the run. */
static void print_resume(const struct train_settings *s, bool from_stdin, FILE *stream) {
    (void)fputs("resume      charnn train --resume", stream);
    print_option("checkpoint-dir", s->checkpoint_dir, stream);
    if (s->savefile[0] != '\0') {
        print_option("savefile", s->savefile, stream);
    }
    if (s->log[0] != '\0') {
        print_option("log", s->log, stream);
    }
    (void)fputs(from_stdin ? " - <the same text\n" : "\n", stream);
}

static enum status print_end(struct run *run, enum train_end end, struct error *error) {
    FILE *err = run->invocation->err;
    const struct train_progress *p = trainer_progress(run->trainer);
    char best[PATH_LENGTH];
    char text[CHARNN_FORMAT_SIZE];
    train_log_end(&run->log, p, end_text(end));
    progress_clear(&run->progress);
    (void)fprintf(err, "done        %s at step %zu, epoch %.2f, %s\n", end_text(end), p->step,
                  (double)p->windows / (double)trainer_plan(run->trainer)->windows,
                  format_duration(p->seconds, text));
    if (trainer_checkpoint_path(run->settings, "best", best, sizeof best, error) != CHARNN_OK) {
        return error->status;
    }
    if (isfinite(p->best_val)) {
        (void)fprintf(err, "best        val %.4f nats, %.4f bits/char, at epoch %.2f: %s\n",
                      p->best_val, format_bits(p->best_val), p->best_epoch, best);
    }
    if (end == CHARNN_END_SIGNAL) {
        run->invocation->signal = (int)stop_signal;
        print_resume(run->settings, reads_stdin(run), err);
    }
    return CHARNN_OK;
}

/* ---- the command ------------------------------------------------------------------------------
 */

static enum status prepare(struct run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    size_t threads = s->threads > 0 ? s->threads : thread_pool_default_size();
    if (open_origin(run, error) != CHARNN_OK || open_text(run, error) != CHARNN_OK ||
        make_model(run, error) != CHARNN_OK || make_config(run, error) != CHARNN_OK ||
        thread_pool_create(threads, &run->pool, error) != CHARNN_OK) {
        return error->status;
    }
    run->parts = (struct trainer_parts){
        .settings = s,
        .config = run->config,
        .corpus = run->corpus,
        .vocab = run->vocab,
        .model = run->model,
        .pool = run->pool,
    };
    if (trainer_create(&run->parts, &run->trainer, error) != CHARNN_OK ||
        (s->resume && trainer_restore(run->trainer, run->origin, error) != CHARNN_OK)) {
        return error->status;
    }
    if (s->sample_every > 0) {
        struct sampler_settings sampler = {.temperature = s->sample_temperature, .seed = s->seed};
        return generator_create(trainer_model(run->trainer), run->vocab, run->pool, &sampler,
                                &run->generator, error);
    }
    return CHARNN_OK;
}

/* A folder that cannot be written to is better found now than after the first hours. */
static enum status make_checkpoint_dir(const char *path, struct error *error) {
    if (file_make_directory(path, error) != CHARNN_OK) {
        return error->status;
    }
    if (access(path, W_OK | X_OK) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno,
                               "cannot write checkpoints to %s; choose another --checkpoint-dir",
                               path);
    }
    return CHARNN_OK;
}

static enum status train(struct run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    FILE *err = run->invocation->err;
    struct train_observer observer = {.context = run, .step = on_step, .validation = on_validation};
    enum train_end end;
    if (make_checkpoint_dir(s->checkpoint_dir, error) != CHARNN_OK ||
        train_log_open(&run->log, s->log, s->resume, s->print_every, err, error) != CHARNN_OK ||
        keep_earlier_run(run, error) != CHARNN_OK) {
        return error->status;
    }
    train_summary_print(&run->parts, run->trainer, err);
    train_log_start(&run->log, run->config, thread_pool_size(run->pool));
    progress_init(&run->progress, err, s);
    watch_signals();
    enum status status = trainer_run(run->trainer, &observer, &stop_signal, &end, error);
    if (status == CHARNN_OK) {
        status = print_end(run, end, error);
    }
    progress_clear(&run->progress);
    if (status == CHARNN_OK && run->sampling_failed) {
        *error = run->sample_error;
        status = error->status;
    }
    return status;
}

enum status cmd_train(struct invocation *invocation, struct error *error) {
    struct run run = {.invocation = invocation, .settings = invocation->settings};
    enum status status = prepare(&run, error);
    if (status == CHARNN_OK) {
        status = train(&run, error);
        train_log_close(&run.log);
    }
    generator_destroy(run.generator);
    trainer_destroy(run.trainer);
    thread_pool_destroy(run.pool);
    cJSON_Delete(run.config);
    model_destroy(run.model);
    vocab_destroy(run.vocab);
    corpus_close(run.corpus);
    memory_free(run.files);
    checkpoint_close(run.origin);
    return status;
}
