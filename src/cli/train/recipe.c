#include "train/recipe.h"

#include "cli/terminal/format.h"
#include "cli/train/run.h"
#include "text/split.h"

void train_choose_recipe(struct train_run *run) {
    struct train_settings *s = run->settings;
    const struct options *options = &run->invocation->options;
    struct split splits[CHARNN_SPLITS];
    struct recipe recipe;
    corpus_split(run->corpus, s->train_frac, s->val_frac, splits);
    struct split train = splits[CHARNN_SPLIT_TRAIN];
    if (s->resume || !recipe_for(train.end - train.begin, &recipe)) {
        return;
    }
    run->chose_batch = !options_given(options, "batch-size");
    run->chose_rate =
        !options_given(options, "learning-rate") && s->optimizer == CHARNN_OPTIMIZER_RMSPROP;
    if (run->chose_batch) {
        s->batch_size = recipe.batch_size;
    }
    if (run->chose_rate) {
        s->learning_rate = recipe.learning_rate;
    }
}

void train_print_recipe(struct train_run *run) {
    const struct train_settings *s = run->settings;
    char batch[CHARNN_FORMAT_SIZE + 16] = "";
    char rate[CHARNN_FORMAT_SIZE + 16] = "";
    if (run->chose_batch) {
        (void)snprintf(batch, sizeof batch, " --batch-size %zu", s->batch_size);
    }
    if (run->chose_rate) {
        (void)snprintf(rate, sizeof rate, " --learning-rate %g", s->learning_rate);
    }
    if (run->chose_batch || run->chose_rate) {
        progress_say(&run->progress, "recipe", "%s%s, because the training part is small",
                     batch + (run->chose_batch ? 1 : 0), rate + (run->chose_batch ? 0 : 1));
    }
}
