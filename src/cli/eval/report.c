#include "base/json.h"
#include "base/plural.h"
#include "cli/eval/eval.h"
#include "cli/sample/copy_check.h"
#include "cli/terminal/format.h"
#include "cli/terminal/stream.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"
#include "text/oov.h"

#include <math.h>

/* --copy-check of the scored part. */
static enum status check_copies(const struct eval *eval, struct copy_check *check,
                                struct error *error) {
    struct vocab *vocab;
    if (check->path[0] == '\0') {
        return CHARNN_OK;
    }
    if (corpus_build_vocab(eval->corpus, &vocab, error) != CHARNN_OK) {
        return error->status;
    }
    struct corpus_cursor cursor;
    corpus_seek(eval->corpus, eval->part.begin, &cursor);
    enum status status = CHARNN_OK;
    for (size_t i = eval->part.begin; status == CHARNN_OK && i < eval->part.end; i++) {
        int32_t id;
        status = corpus_read(eval->corpus, &cursor, vocab, 1, &id) == 1 && id >= 0
                     ? copy_check_add(check, vocab_code(vocab, id), error)
                     : corpus_changed(error);
    }
    vocab_destroy(vocab);
    return status == CHARNN_OK ? copy_check_run(check, error) : status;
}

/* Either all of these characters are skipped, or all are read as the unknown symbol. */
static void note_oov(const struct eval *eval, const struct oov_report *oov) {
    if (oov->count > 0) {
        (void)fprintf(eval->err, "charnn eval: %zu character%s not in the vocabulary %s %s: %s\n",
                      oov->count, plural_ending(oov->count), oov->count == 1 ? "was" : "were",
                      eval->result.unknown > 0 ? "skipped" : "read as the unknown character",
                      oov->named);
    }
}

static enum status print_json(const struct eval *eval, double nats, const struct oov_report *oov,
                              const struct copy_check *check, struct error *error) {
    const struct evaluation *result = &eval->result;
    size_t replaced = oov->count - result->unknown;
    cJSON *json;
    bool printed = json_create_object(&json, error) == CHARNN_OK &&
                   json_add_size(json, "characters", result->scored, error) == CHARNN_OK &&
                   json_add_double(json, "nats", result->nats, error) == CHARNN_OK &&
                   json_add_double(json, "nats_per_char", nats, error) == CHARNN_OK &&
                   json_add_double(json, "bits_per_char", format_bits(nats), error) == CHARNN_OK &&
                   json_add_double(json, "perplexity", exp(nats), error) == CHARNN_OK &&
                   json_add_size(json, "unknown", result->unknown, error) == CHARNN_OK &&
                   json_add_size(json, "read_as_unknown", replaced, error) == CHARNN_OK &&
                   copy_check_describe(check, json, error) == CHARNN_OK &&
                   stream_write_json(eval->out, json, error) == CHARNN_OK;
    cJSON_Delete(json);
    return printed ? CHARNN_OK : error->status;
}

static enum status print(const struct eval *eval, const struct oov_report *oov,
                         const struct copy_check *check, struct error *error) {
    double nats = evaluation_nats_per_symbol(&eval->result);
    note_oov(eval, oov);
    if (eval_shows_symbols(eval->settings)) {
        return copy_check_print(check, eval->err, error);
    }
    if (eval->settings->json) {
        return print_json(eval, nats, oov, check, error);
    }
    enum status status = stream_printf(
        eval->out, error, "characters  %zu\nnats/char   %.4f\nbits/char   %.4f\nperplexity  %.4g\n",
        eval->result.scored, nats, format_bits(nats), exp(nats));
    return status == CHARNN_OK ? copy_check_print(check, eval->out, error) : status;
}

enum status eval_report(const struct eval *eval, struct error *error) {
    struct copy_check check = {.path = eval->settings->copy_check,
                               .run = eval->settings->copy_run,
                               .format = checkpoint_corpus_format(eval->checkpoint)};
    struct oov_report oov;
    bool reported = oov_report_make(eval->corpus, eval->part, checkpoint_vocab(eval->checkpoint),
                                    &oov, error) == CHARNN_OK &&
                    check_copies(eval, &check, error) == CHARNN_OK &&
                    print(eval, &oov, &check, error) == CHARNN_OK;
    copy_check_deinit(&check);
    return reported ? CHARNN_OK : error->status;
}
