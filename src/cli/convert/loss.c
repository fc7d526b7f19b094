#include "cli/convert/loss.h"

#include "cli/terminal/format.h"
#include "cli/terminal/stream.h"
#include "infer/evaluator.h"
#include "text/corpus_read.h"

#include <math.h>

static enum status evaluate(struct model *model, const struct vocab *vocab,
                            const struct corpus *corpus, size_t threads, struct evaluation *result,
                            struct error *error) {
    const struct split whole = {0, corpus_length(corpus)};
    struct thread_pool *pool;
    struct evaluator *evaluator;
    if (thread_pool_create(threads, &pool, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = evaluator_create(model, pool, whole.end, false, &evaluator, error);
    if (status == CHARNN_OK) {
        *result = evaluator_run(evaluator, corpus, vocab, whole, NULL);
        evaluator_destroy(evaluator);
    }
    thread_pool_destroy(pool);
    return status;
}

static enum status check(const struct checkpoint *checkpoint, const struct evaluation *result,
                         struct error *error) {
    if (result->changed) {
        return corpus_changed(error);
    }
    if (result->scored == 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the text has fewer than 2 characters of the vocabulary; scoring needs 2");
    }
    return isfinite(result->nats)
               ? CHARNN_OK
               : error_set(error, CHARNN_ERROR_DATA,
                           "%s gives probabilities that are not finite; its weights are unusable",
                           checkpoint_path(checkpoint));
}

enum status convert_print_loss(FILE *out, const struct checkpoint *checkpoint,
                               const struct corpus *corpus, size_t threads, bool heading,
                               struct error *error) {
    struct evaluation result = {0};
    struct model *model;
    if (checkpoint_load_model(checkpoint, CHARNN_USE_RUN, threads, &model, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status =
        evaluate(model, checkpoint_vocab(checkpoint), corpus, threads, &result, error);
    model_destroy(model);
    if (status != CHARNN_OK || check(checkpoint, &result, error) != CHARNN_OK) {
        return error->status;
    }
    char bytes[CHARNN_FORMAT_SIZE];
    double nats = evaluation_nats_per_symbol(&result);
    return stream_printf(out, error, "%s%-7s  %13s  %9.4f  %9.4f\n",
                         heading ? "weights          bytes  nats/char  bits/char\n" : "",
                         weight_type_name(checkpoint_shape(checkpoint)->weights),
                         format_count(checkpoint_size(checkpoint), bytes), nats, format_bits(nats));
}
