#include "base/json.h"
#include "base/memory.h"
#include "base/plural.h"
#include "base/thread_pool.h"
#include "checkpoint/checkpoint.h"
#include "cli/eval/score_walk.h"
#include "cli/options/command.h"
#include "cli/sample/copy_check.h"
#include "cli/sample/settings.h"
#include "cli/terminal/format.h"
#include "cli/terminal/meter.h"
#include "cli/terminal/stream.h"
#include "infer/evaluator.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"
#include "text/oov.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* All that one run needs. */
struct eval {
    const struct eval_settings *settings;
    FILE *out;
    FILE *err;
    struct checkpoint *checkpoint;
    struct corpus *corpus;
    struct split part; /* of the corpus, to be scored */
    struct model *model;
    struct thread_pool *pool;
    struct evaluator *evaluator;
    struct checkpoint *other; /* to compare with */
    struct model *other_model;
    struct evaluation result;
    struct oov_report unknown;
    struct copy_check copies;
};

static const char *const part_names[CHARNN_SPLITS] = {
    [CHARNN_SPLIT_TRAIN] = "training",
    [CHARNN_SPLIT_VAL] = "validation",
    [CHARNN_SPLIT_TEST] = "test",
};

static enum status open_corpus(struct eval *eval, const char *const *paths, size_t count,
                               struct error *error) {
    const struct corpus_format format = checkpoint_corpus_format(eval->checkpoint);
    return corpus_open(paths, count, &format, &eval->corpus, error);
}

/* The paths that the checkpoint has recorded; the strings belong to it. */
static enum status list_recorded_paths(const struct eval *eval, const char **paths, size_t count,
                                       const cJSON *files, struct error *error) {
    const cJSON *file = files->child;
    for (size_t i = 0; i < count; i++, file = file->next) {
        paths[i] = cJSON_GetStringValue(file);
        bool readable = paths[i] != NULL && paths[i][0] != '\0' && strcmp(paths[i], "-") != 0;
        if (!readable) {
            return error_set(error, CHARNN_ERROR_DATA,
                             "%s was not trained on files alone that could be read again; name the "
                             "training text after it",
                             checkpoint_path(eval->checkpoint));
        }
    }
    return CHARNN_OK;
}

/* Opens the text that the checkpoint's run was trained on. */
static enum status open_recorded(struct eval *eval, struct error *error) {
    const char *path = checkpoint_path(eval->checkpoint);
    const cJSON *files =
        cJSON_GetObjectItemCaseSensitive(checkpoint_config(eval->checkpoint), "files");
    int count = cJSON_IsArray(files) ? cJSON_GetArraySize(files) : 0;
    if (count == 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s does not say which files it was trained on; name them after it", path);
    }
    void *memory;
    if (memory_allocate((size_t)count, sizeof(char *), "the names of files", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    const char **paths = memory;
    enum status status = list_recorded_paths(eval, paths, (size_t)count, files, error);
    if (status == CHARNN_OK) {
        struct error opening = {0};
        status = open_corpus(eval, paths, (size_t)count, &opening);
        if (status != CHARNN_OK) {
            (void)error_set(error, status,
                            "the training text of %s could not be read again: %s; if it is "
                            "elsewhere now, name it after the checkpoint",
                            path, opening.message);
        }
    }
    memory_free(memory);
    return status;
}

/* Tells where the text is not the one whose parts training saw. */
static void compare_checksum(const struct eval *eval) {
    const cJSON *training = checkpoint_training(eval->checkpoint);
    const cJSON *corpus = cJSON_GetObjectItemCaseSensitive(training, "corpus");
    const char *recorded = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(corpus, "xxh64"));
    char checksum[32];
    (void)snprintf(checksum, sizeof checksum, "%016llx",
                   (unsigned long long)corpus_checksum(eval->corpus));
    if (recorded != NULL && strcmp(recorded, checksum) != 0) {
        (void)fprintf(eval->err,
                      "charnn eval: this is not the text that %s was trained on; the %s part of it "
                      "may be text that training saw\n",
                      checkpoint_path(eval->checkpoint), part_names[eval->settings->split]);
    }
}

static enum status choose_part(struct eval *eval, struct error *error) {
    size_t length = corpus_length(eval->corpus);
    eval->part = (struct split){0, length};
    if (eval->settings->split == CHARNN_SPLITS) {
        return CHARNN_OK;
    }
    const cJSON *config = checkpoint_config(eval->checkpoint);
    const char *path = checkpoint_path(eval->checkpoint);
    double train;
    double val;
    if (json_get_double(config, path, "train_frac", &train, error) != CHARNN_OK ||
        json_get_double(config, path, "val_frac", &val, error) != CHARNN_OK) {
        return error->status;
    }
    if (!(train >= 0 && val >= 0 && train + val <= 1 + 1e-9)) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: train_frac %g and val_frac %g are no parts of a text", path, train,
                         val);
    }
    struct split splits[CHARNN_SPLITS];
    corpus_split(eval->corpus, train, val, splits);
    eval->part = splits[eval->settings->split];
    compare_checksum(eval);
    return CHARNN_OK;
}

static enum status open_text(struct eval *eval, const struct options *options,
                             struct error *error) {
    enum status status =
        options->argument_count > 1
            ? open_corpus(eval, options->arguments + 1, options->argument_count - 1, error)
            : open_recorded(eval, error);
    return status == CHARNN_OK ? choose_part(eval, error) : status;
}

static enum status refuse_short_text(const struct eval *eval, struct error *error) {
    int split = eval->settings->split;
    size_t symbols = eval->part.end - eval->part.begin;
    char what[64] = "the text";
    if (split != CHARNN_SPLITS) {
        (void)snprintf(what, sizeof what, "the %s part of the text", part_names[split]);
    }
    return error_set(error, CHARNN_ERROR_DATA,
                     "%s has %zu character%s%s; to score one takes at least 2", what,
                     symbols - eval->result.unknown, plural_ending(symbols - eval->result.unknown),
                     eval->result.unknown > 0 ? " that the model knows" : "");
}

/* The sum alone, by all threads. */
static enum status score_all(struct eval *eval, const struct evaluation_watch *watch,
                             struct error *error) {
    size_t threads = thread_pool_size_for(eval->settings->threads);
    if (thread_pool_create(threads, &eval->pool, error) != CHARNN_OK ||
        evaluator_create(eval->model, eval->pool, eval->part.end - eval->part.begin,
                         eval->settings->exact, &eval->evaluator, error) != CHARNN_OK) {
        return error->status;
    }
    eval->result = evaluator_run(eval->evaluator, eval->corpus, checkpoint_vocab(eval->checkpoint),
                                 eval->part, watch);
    return CHARNN_OK;
}

static enum status open_other(struct eval *eval, struct error *error) {
    if (checkpoint_open(eval->settings->against, &eval->other, error) != CHARNN_OK) {
        return error->status;
    }
    if (vocab_encoding(checkpoint_vocab(eval->other)) != corpus_encoding(eval->corpus)) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s and %s cannot be compared: the characters of one are bytes, those of "
                         "the other are not",
                         checkpoint_path(eval->checkpoint), checkpoint_path(eval->other));
    }
    const char *rule = checkpoint_corpus_format(eval->checkpoint).records;
    const char *other = checkpoint_corpus_format(eval->other).records;
    if (strcmp(rule != NULL ? rule : "", other != NULL ? other : "") != 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s and %s cannot be compared: they were not trained with the same "
                         "--records",
                         checkpoint_path(eval->checkpoint), checkpoint_path(eval->other));
    }
    return checkpoint_load_model(eval->other, false, thread_pool_size_for(eval->settings->threads),
                                 &eval->other_model, error);
}

/* Symbol by symbol. */
static enum status walk(struct eval *eval, const struct evaluation_watch *watch,
                        struct error *error) {
    struct score_walk plan = {
        .settings = eval->settings,
        .out = eval->out,
        .corpus = eval->corpus,
        .part = eval->part,
        .model = eval->model,
        .vocab = checkpoint_vocab(eval->checkpoint),
        .watch = watch,
    };
    if (eval->settings->against[0] != '\0') {
        if (open_other(eval, error) != CHARNN_OK) {
            return error->status;
        }
        plan.other = eval->other_model;
        plan.other_vocab = checkpoint_vocab(eval->other);
    }
    return score_walk_run(&plan, &eval->result, error);
}

/* On a terminal one can watch it, but not in the midst of what goes there, be it through a pager.
 */
static enum status score_watched(struct eval *eval, struct error *error) {
    const struct eval_settings *settings = eval->settings;
    struct meter meter;
    const struct evaluation_watch watch = {.tell = meter_tell, .context = &meter};
    bool in_the_way = score_walk_writes(settings) && !stream_is_file(eval->out);
    meter_begin(&meter, eval->err);
    const struct evaluation_watch *watching = in_the_way ? NULL : &watch;
    enum status status = score_walk_wanted(settings) ? walk(eval, watching, error)
                                                     : score_all(eval, watching, error);
    meter_end(&meter);
    return status;
}

static enum status score(struct eval *eval, struct error *error) {
    if (checkpoint_load_model(eval->checkpoint, false,
                              thread_pool_size_for(eval->settings->threads), &eval->model,
                              error) != CHARNN_OK) {
        return error->status;
    }
    if (score_watched(eval, error) != CHARNN_OK) {
        return error->status;
    }
    if (eval->result.changed) {
        return error_set(
            error, CHARNN_ERROR_DATA,
            "the text was changed by another program while it was read; score it again "
            "when it stays as it is");
    }
    if (eval->result.scored == 0) {
        return refuse_short_text(eval, error);
    }
    if (oov_report_make(eval->corpus, eval->part, checkpoint_vocab(eval->checkpoint),
                        &eval->unknown, error) != CHARNN_OK) {
        return error->status;
    }
    if (!isfinite(eval->result.nats)) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s gives no finite probabilities; its weights are unusable",
                         checkpoint_path(eval->checkpoint));
    }
    return CHARNN_OK;
}

/* Looks for what is scored in a corpus. */
static enum status check_copies(struct eval *eval, struct error *error) {
    struct copy_check *copies = &eval->copies;
    *copies = (struct copy_check){.path = eval->settings->copy_check,
                                  .run = eval->settings->copy_run,
                                  .format = checkpoint_corpus_format(eval->checkpoint)};
    struct vocab *vocab;
    if (corpus_build_vocab(eval->corpus, &vocab, error) != CHARNN_OK) {
        return error->status;
    }
    struct corpus_cursor cursor;
    corpus_seek(eval->corpus, eval->part.begin, &cursor);
    enum status status = CHARNN_OK;
    for (size_t i = eval->part.begin; status == CHARNN_OK && i < eval->part.end; i++) {
        int32_t id = 0;
        (void)corpus_read(eval->corpus, &cursor, vocab, 1, &id);
        status = copy_check_add(copies, vocab_code(vocab, id), error);
    }
    vocab_destroy(vocab);
    return status == CHARNN_OK ? copy_check_run(copies, error) : status;
}

static enum status describe(const struct eval *eval, double nats, cJSON *json,
                            struct error *error) {
    const struct evaluation *result = &eval->result;
    if (json_add_size(json, "characters", result->scored, error) != CHARNN_OK ||
        json_add_double(json, "nats", result->nats, error) != CHARNN_OK ||
        json_add_double(json, "nats_per_char", nats, error) != CHARNN_OK ||
        json_add_double(json, "bits_per_char", format_bits(nats), error) != CHARNN_OK ||
        json_add_double(json, "perplexity", exp(nats), error) != CHARNN_OK ||
        json_add_size(json, "unknown", result->unknown, error) != CHARNN_OK ||
        json_add_size(json, "read_as_unknown", eval->unknown.count - result->unknown, error) !=
            CHARNN_OK) {
        return error->status;
    }
    return eval->copies.path != NULL ? copy_check_describe(&eval->copies, json, error) : CHARNN_OK;
}

static enum status print_json(const struct eval *eval, double nats, struct error *error) {
    cJSON *json;
    enum status status = json_create_object(&json, error);
    if (status == CHARNN_OK) {
        status = describe(eval, nats, json, error);
    }
    if (status == CHARNN_OK) {
        status = stream_write_json(eval->out, json, error);
    }
    cJSON_Delete(json);
    return status;
}

static enum status print_table(const struct eval *eval, double nats, struct error *error) {
    char text[256];
    int size = snprintf(text, sizeof text,
                        "characters  %zu\nnats/char   %.4f\nbits/char   %.4f\nperplexity  %.4g\n",
                        eval->result.scored, nats, format_bits(nats), exp(nats));
    if (stream_write(eval->out, text, (size_t)size, error) != CHARNN_OK) {
        return error->status;
    }
    return eval->copies.path != NULL ? copy_check_print(&eval->copies, eval->out, error)
                                     : CHARNN_OK;
}

/* Either all of them are left out, or all read as the one that stands for them. */
static void report_unknown(const struct eval *eval) {
    const struct oov_report *unknown = &eval->unknown;
    if (unknown->count > 0) {
        (void)fprintf(
            eval->err, "charnn eval: %zu character%s not in the vocabulary %s %s: %s\n",
            unknown->count, plural_ending(unknown->count), unknown->count == 1 ? "was" : "were",
            eval->result.unknown > 0 ? "skipped" : "read as the unknown character", unknown->named);
    }
}

static enum status report(const struct eval *eval, struct error *error) {
    double nats = evaluation_nats_per_symbol(&eval->result);
    report_unknown(eval);
    if (score_walk_writes(eval->settings)) { /* the table of lines or characters stays alone */
        return eval->copies.path != NULL ? copy_check_print(&eval->copies, eval->err, error)
                                         : CHARNN_OK;
    }
    return eval->settings->json ? print_json(eval, nats, error) : print_table(eval, nats, error);
}

enum status cmd_eval(struct invocation *invocation, struct error *error) {
    const struct options *options = &invocation->options;
    struct eval eval = {
        .settings = invocation->settings, .out = invocation->out, .err = invocation->err};
    enum status status = copy_check_find(eval.settings->copy_check, error);
    if (status == CHARNN_OK) {
        status = checkpoint_open(options->arguments[0], &eval.checkpoint, error);
    }
    if (status == CHARNN_OK) {
        status = open_text(&eval, options, error);
    }
    if (status == CHARNN_OK) {
        status = score(&eval, error);
    }
    if (status == CHARNN_OK && eval.settings->copy_check[0] != '\0') {
        status = check_copies(&eval, error);
    }
    if (status == CHARNN_OK) {
        status = report(&eval, error);
    }
    copy_check_deinit(&eval.copies);
    model_destroy(eval.other_model);
    checkpoint_close(eval.other);
    evaluator_destroy(eval.evaluator);
    thread_pool_destroy(eval.pool);
    model_destroy(eval.model);
    corpus_close(eval.corpus);
    checkpoint_close(eval.checkpoint);
    return status;
}
