#include "train/plan.h"

#include "base/memory.h"
#include "base/plural.h"
#include "checkpoint/checkpoint.h"
#include "infer/evaluator.h"
#include "nn/network.h"
#include "ranks/ranks.h"
#include "text/batches.h"
#include "train/optimizer.h"

#include <stdint.h>

struct network_plan plan_network(const struct trainer_plan *plan,
                                 const struct train_settings *settings) {
    return (struct network_plan){
        .batch = plan->own,
        .steps = plan->steps,
        .trainable = true,
        .rounded = settings->precision == CHARNN_PRECISION_BF16,
        .dropout = {[CHARNN_DROPOUT_OUTPUT] = settings->dropout > 0,
                    [CHARNN_DROPOUT_CANDIDATE] = settings->recurrent_dropout > 0},
        .flow = settings->gradient_flow_penalty > 0};
}

size_t plan_validated(const struct trainer_plan *plan) {
    struct split val = plan->splits[CHARNN_SPLIT_VAL];
    return val.end - val.begin;
}

size_t plan_carried(const struct model *model, size_t streams) {
    const struct model_shape *shape = &model->shape;
    return streams * (shape->layers * cell_state_kinds(shape->cell) * shape->hidden +
                      model_memory_width(shape));
}

static size_t memory_of(const struct trainer_plan *plan, const struct trainer_parts *parts) {
    const struct train_settings *s = parts->settings;
    const struct network_plan network = plan_network(plan, s);
    size_t threads = thread_pool_size(parts->pool);
    size_t floats = parts->model->parameters.size;
    size_t arrays = s->average > 0 ? 3 : 2; /* values, gradients, average */
    const size_t needs[] = {
        network_memory(parts->model, &network, threads),
        optimizer_memory(s, &parts->model->parameters, threads),
        evaluator_memory(parts->model, plan_validated(plan), false, threads),
        arrays * floats * sizeof(float),
        2 * plan->own * plan->steps * sizeof(int32_t),
        checkpoint_write_memory(parts->model),
        plan_carried(parts->model, plan->own) * sizeof(float),   /* before a step */
        plan_carried(parts->model, plan->batch) * sizeof(float), /* for a save */
    };
    return size_sum(needs, sizeof needs / sizeof needs[0]);
}

enum status trainer_plan_init(struct trainer_plan *plan, const struct trainer_parts *parts,
                              struct error *error) {
    const struct train_settings *s = parts->settings;
    *plan = (struct trainer_plan){.batch = s->batch_size, .steps = s->seq_length};
    corpus_split(parts->corpus, s->train_frac, s->val_frac, plan->splits);
    struct split train = plan->splits[CHARNN_SPLIT_TRAIN];
    size_t symbols = train.end - train.begin;
    if (symbols < 2) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the training part of the text has %zu character%s and needs at least 2; "
                         "use %s or a larger --train-frac",
                         symbols, plural_ending(symbols),
                         corpus_records(parts->corpus) > 0 ? "a text with more records"
                                                           : "a longer text");
    }
    plan->learned = (double)split_learned(parts->corpus, train) /
                    (double)split_characters(parts->corpus, train);
    plan->reduced = batches_fit(symbols, &plan->batch, &plan->steps);
    if (plan->batch < ranks_count()) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "a batch of %zu stream%s cannot be shared out to %zu ranks; use fewer "
                         "ranks, a larger --batch-size or a longer text",
                         plan->batch, plural_ending(plan->batch), ranks_count());
    }
    size_t end;
    ranks_share(plan->batch, &plan->first, &end);
    plan->own = end - plan->first;
    plan->memory = memory_of(plan, parts);
    return CHARNN_OK;
}
