#include "cli/train_summary.h"

#include "base/plural.h"
#include "cli/format.h"
#include "kernels/kernels.h"

static void print_advice(const struct trainer_parts *parts, FILE *err) {
    size_t characters = corpus_length(parts->corpus);
    size_t parameters = parts->model->parameters.elements;
    /* Karpathy's rule of thumb: both of about the same order of magnitude. */
    if (parameters / 10 > characters) {
        (void)fprintf(err, "advice      more than ten parameters for each character: the model may "
                           "learn the text by heart; use a smaller --rnn-size, or --dropout\n");
    } else if (characters / 50 > parameters) {
        (void)fprintf(err, "advice      more than fifty characters for each parameter: a larger "
                           "--rnn-size would learn more from this text\n");
    }
}

static void print_text(const struct trainer_parts *parts, const struct trainer_plan *plan,
                       FILE *err) {
    char text[4][CHARNN_FORMAT_SIZE];
    static const char *const encodings[] = {"", "UTF-8", "bytes"};
    size_t sizes[CHARNN_SPLITS];
    for (size_t i = 0; i < CHARNN_SPLITS; i++) {
        sizes[i] = plan->splits[i].end - plan->splits[i].begin;
    }
    (void)fprintf(err,
                  "text        %s characters (%s), %zu different: %s to train, %s to validate, "
                  "%s to test\n",
                  format_count(corpus_length(parts->corpus), text[0]),
                  encodings[corpus_encoding(parts->corpus)], vocab_size(parts->vocab),
                  format_count(sizes[0], text[1]), format_count(sizes[1], text[2]),
                  format_count(sizes[2], text[3]));
}

static void print_run(const struct trainer_parts *parts, const struct trainer_plan *plan,
                      FILE *err) {
    const struct train_settings *s = parts->settings;
    char text[CHARNN_FORMAT_SIZE];
    (void)fprintf(err, "run         %s window%s of %zu x %zu characters an epoch",
                  format_count(plan->windows, text), plural_ending(plan->windows), plan->batch,
                  plan->steps);
    if (plan->updates > 0) {
        (void)fprintf(err, ", %s step%s", format_count(plan->updates, text),
                      plural_ending(plan->updates));
    }
    if (s->max_seconds > 0) {
        (void)fprintf(err, ", at most %s", format_duration(s->max_seconds, text));
    }
    (void)fprintf(err, "; %zu thread%s, kernels %s\n", thread_pool_size(parts->pool),
                  plural_ending(thread_pool_size(parts->pool)), kernels_current()->name);
}

void train_summary_print(const struct trainer_parts *parts, const struct trainer *trainer,
                         FILE *err) {
    const struct trainer_plan *plan = trainer_plan(trainer);
    const struct model_shape *shape = &parts->model->shape;
    char text[CHARNN_FORMAT_SIZE];
    print_text(parts, plan, err);
    (void)fprintf(err, "model       %s%s, %zu layer%s of %zu unit%s, %s parameters\n",
                  shape->cell->name, shape->peephole ? " with peepholes" : "", shape->layers,
                  plural_ending(shape->layers), shape->hidden, plural_ending(shape->hidden),
                  format_count(parts->model->parameters.elements, text));
    (void)fprintf(err, "memory      about %s, the text not counted\n",
                  format_bytes(plan->memory, text));
    print_run(parts, plan, err);
    if (plan->reduced) {
        (void)fprintf(
            err,
            "note        the text is short: %zu stream%s of %zu character%s instead of %zu "
            "of %zu\n",
            plan->batch, plural_ending(plan->batch), plan->steps, plural_ending(plan->steps),
            parts->settings->batch_size, parts->settings->seq_length);
    }
    if (plan->splits[CHARNN_SPLIT_VAL].end - plan->splits[CHARNN_SPLIT_VAL].begin < 2) {
        (void)fprintf(err, "note        there is no text to validate on, so the newest checkpoint "
                           "counts as the best\n");
    }
    if (parts->settings->resume) {
        (void)fprintf(err, "resumed     at step %s\n",
                      format_count(trainer_progress(trainer)->step, text));
    }
    print_advice(parts, err);
}
