/* The options that follow the text (train/start/recipe.h), unless they are given. */
#include "train/start/recipe.h"

#include "base/text.h"
#include "cli/train/run.h"
#include "text/split.h"

#include <string.h>

/* The epochs that are asked for; 0: none are, or --max-seconds. */
static double given_epochs(const struct train_run *run, const struct recipe_case *about) {
    const struct train_settings *s = run->settings;
    if (options_given(&run->invocation->options, "max-epochs") && s->max_epochs > 0) {
        return (double)s->max_epochs;
    }
    double windows = (double)s->max_steps * (double)s->accumulate;
    return windows * (double)about->step / (double)about->symbols;
}

static void choose_size(struct train_run *run, const char *option, size_t *value, size_t recipe) {
    if (!options_given(&run->invocation->options, option)) {
        *value = recipe;
    }
}

static void choose_double(struct train_run *run, const char *option, double *value, double recipe) {
    if (!options_given(&run->invocation->options, option)) {
        *value = recipe;
    }
}

/* Muon changes nothing in a reservoir. */
static double rate_for(const struct train_settings *s, const struct recipe *recipe) {
    const double other = 0.002; /* of char-rnn */
    return s->optimizer == CHARNN_OPTIMIZER_MUON && !s->reservoir ? recipe->learning_rate : other;
}

enum status train_choose_recipe(struct train_run *run, struct error *error) {
    struct train_settings *s = run->settings;
    const struct model_shape shape = train_shape(run);
    struct split splits[CHARNN_SPLITS];
    struct model *table;
    struct recipe recipe;
    if (s->resume) {
        return CHARNN_OK;
    }
    if (model_create_table(&shape, &table, error) != CHARNN_OK) {
        return error->status;
    }
    corpus_split(run->corpus, s->train_frac, s->val_frac, splits);
    struct split train = splits[CHARNN_SPLIT_TRAIN];
    struct recipe_case about = {.symbols = train.end - train.begin,
                                .parameters = table->parameters.elements,
                                .is_lstm = strcmp(s->model, "lstm") == 0,
                                .is_trained = s->init_from[0] != '\0'};
    model_destroy(table);
    recipe_for(&about, &recipe);
    choose_size(run, "batch-size", &s->batch_size, recipe.batch_size);
    about.step = s->batch_size * s->seq_length;
    about.epochs = given_epochs(run, &about);
    recipe_for(&about, &recipe);
    bool other_end = s->max_steps > 0 || s->max_seconds > 0;
    choose_size(run, "max-epochs", &s->max_epochs, other_end ? 0 : recipe.max_epochs);
    choose_double(run, "learning-rate", &s->learning_rate, rate_for(s, &recipe));
    choose_double(run, "dropout", &s->dropout, s->reservoir ? 0 : recipe.dropout);
    choose_double(run, "recurrent-dropout", &s->recurrent_dropout,
                  shape.cell->has_candidate && !s->reservoir ? recipe.recurrent_dropout : 0);
    return CHARNN_OK;
}

void train_print_recipe(struct train_run *run) {
    const struct train_settings *s = run->settings;
    const struct options *options = &run->invocation->options;
    const struct {
        const char *option;
        double value;
    } values[] = {{"batch-size", (double)s->batch_size},
                  {"max-epochs", (double)s->max_epochs},
                  {"learning-rate", s->learning_rate},
                  {"dropout", s->dropout},
                  {"recurrent-dropout", s->recurrent_dropout}};
    char line[256];
    struct text text = text_start(line, sizeof line);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (!options_given(options, values[i].option) && values[i].value > 0) {
            text_add(&text, " --%s %g", values[i].option, values[i].value);
        }
    }
    if (!s->resume && text.used > 0) {
        progress_say(&run->progress, "recipe", "%s", line + 1);
    }
}
