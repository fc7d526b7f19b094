#include "train/plan.h"

#include "base/memory.h"
#include "base/plural.h"
#include "text/batches.h"

enum status trainer_plan_sizes(struct trainer_plan *plan, const struct trainer_parts *parts,
                               struct error *error) {
    const struct train_settings *s = parts->settings;
    corpus_split(parts->corpus, s->train_frac, s->val_frac, plan->splits);
    struct split train = plan->splits[CHARNN_SPLIT_TRAIN];
    size_t symbols = train.end - train.begin;
    if (symbols < 2) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the training part of the text has %zu character%s and needs at least 2; "
                         "use a longer text%s or a larger --train-frac",
                         symbols, plural_ending(symbols),
                         corpus_records(parts->corpus) > 0 ? " of more --records" : "");
    }
    plan->batch = s->batch_size;
    plan->steps = s->seq_length;
    plan->reduced = batches_fit(symbols, &plan->batch, &plan->steps);
    return CHARNN_OK;
}

void trainer_plan_length(struct trainer_plan *plan, const struct train_settings *s,
                         size_t windows_per_epoch) {
    size_t windows;
    plan->windows = windows_per_epoch;
    if (s->max_epochs > 0 && size_multiply(s->max_epochs, plan->windows, &windows)) {
        plan->updates = (windows + s->accumulate - 1) / s->accumulate;
    }
    if (s->max_steps > 0 && (plan->updates == 0 || s->max_steps < plan->updates)) {
        plan->updates = s->max_steps;
    }
}
