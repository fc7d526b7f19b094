#include "base/memory.h"
#include "base/plural.h"
#include "base/thread_pool.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/json.h"
#include "cli/command.h"
#include "cli/format.h"
#include "cli/stream.h"
#include "infer/evaluator.h"
#include "infer/settings.h"

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
    struct evaluation result;
};

static const char *const part_names[CHARNN_SPLITS] = {
    [CHARNN_SPLIT_TRAIN] = "training",
    [CHARNN_SPLIT_VAL] = "validation",
    [CHARNN_SPLIT_TEST] = "test",
};

static enum status open_corpus(struct eval *eval, const char *const *paths, size_t count,
                               struct error *error) {
    enum encoding encoding = vocab_encoding(checkpoint_vocab(eval->checkpoint));
    return corpus_open(paths, count, encoding, &eval->corpus, error);
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
    corpus_split(length, train, val, splits);
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

static enum status score(struct eval *eval, struct error *error) {
    size_t threads = eval->settings->threads;
    threads = threads > 0 ? threads : thread_pool_default_size();
    if (checkpoint_load_model(eval->checkpoint, false, &eval->model, error) != CHARNN_OK ||
        thread_pool_create(threads, &eval->pool, error) != CHARNN_OK ||
        evaluator_create(eval->model, eval->pool, eval->part.end - eval->part.begin,
                         eval->settings->exact, &eval->evaluator, error) != CHARNN_OK) {
        return error->status;
    }
    eval->result = evaluator_run(eval->evaluator, eval->corpus, checkpoint_vocab(eval->checkpoint),
                                 eval->part);
    if (eval->result.scored == 0) {
        return refuse_short_text(eval, error);
    }
    if (!isfinite(eval->result.nats)) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s gives no finite probabilities; its weights are unusable",
                         checkpoint_path(eval->checkpoint));
    }
    return CHARNN_OK;
}

static enum status describe(const struct evaluation *result, double nats, cJSON *json,
                            struct error *error) {
    if (json_add_size(json, "characters", result->scored, error) != CHARNN_OK ||
        json_add_double(json, "nats", result->nats, error) != CHARNN_OK ||
        json_add_double(json, "nats_per_char", nats, error) != CHARNN_OK ||
        json_add_double(json, "bits_per_char", format_bits(nats), error) != CHARNN_OK ||
        json_add_double(json, "perplexity", exp(nats), error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_size(json, "unknown", result->unknown, error);
}

static enum status print_json(const struct eval *eval, double nats, struct error *error) {
    cJSON *json;
    char *text = NULL;
    enum status status = json_create_object(&json, error);
    if (status == CHARNN_OK) {
        status = describe(&eval->result, nats, json, error);
    }
    if (status == CHARNN_OK) {
        status = json_print(json, false, &text, error);
    }
    if (status == CHARNN_OK) {
        status = stream_write(eval->out, text, strlen(text), error);
    }
    if (status == CHARNN_OK) {
        status = stream_write(eval->out, "\n", 1, error);
    }
    memory_free(text);
    cJSON_Delete(json);
    return status;
}

static enum status print_table(const struct eval *eval, double nats, struct error *error) {
    char text[256];
    int size = snprintf(text, sizeof text,
                        "characters  %zu\nnats/char   %.4f\nbits/char   %.4f\nperplexity  %.4g\n",
                        eval->result.scored, nats, format_bits(nats), exp(nats));
    return stream_write(eval->out, text, (size_t)size, error);
}

static enum status report(const struct eval *eval, struct error *error) {
    double nats = evaluation_nats_per_symbol(&eval->result);
    if (eval->result.unknown > 0) {
        (void)fprintf(eval->err, "charnn eval: %zu character%s not in the vocabulary %s skipped\n",
                      eval->result.unknown, plural_ending(eval->result.unknown),
                      eval->result.unknown == 1 ? "was" : "were");
    }
    return eval->settings->json ? print_json(eval, nats, error) : print_table(eval, nats, error);
}

enum status cmd_eval(struct invocation *invocation, struct error *error) {
    const struct options *options = &invocation->options;
    struct eval eval = {
        .settings = invocation->settings, .out = invocation->out, .err = invocation->err};
    enum status status = checkpoint_open(options->arguments[0], &eval.checkpoint, error);
    if (status == CHARNN_OK) {
        status = open_text(&eval, options, error);
    }
    if (status == CHARNN_OK) {
        status = score(&eval, error);
    }
    if (status == CHARNN_OK) {
        status = report(&eval, error);
    }
    evaluator_destroy(eval.evaluator);
    thread_pool_destroy(eval.pool);
    model_destroy(eval.model);
    corpus_close(eval.corpus);
    checkpoint_close(eval.checkpoint);
    return status;
}
