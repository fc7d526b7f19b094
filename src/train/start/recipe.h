/*
 * The settings that suit a text, a model and the length of its training, fitted to the experiments
 * in models/quality/.
 */
#ifndef CHARNN_TRAIN_START_RECIPE_H
#define CHARNN_TRAIN_START_RECIPE_H

#include <stdbool.h>
#include <stddef.h>

struct recipe_case {
    size_t symbols;    /* of the training part */
    size_t parameters; /* of the model */
    size_t step;       /* symbols that a step reads; 0: streams of the recipe, of 50 symbols */
    double epochs;     /* 0: those of the recipe */
    bool is_lstm;      /* or another cell */
    bool is_trained;   /* begins with the weights of another run */
};

struct recipe {
    size_t batch_size;
    size_t max_epochs;
    double learning_rate; /* of Muon */
    double dropout, recurrent_dropout;
};

/*
 * Streams: one per 10,000 symbols, which is about 200 steps of 50 symbols per epoch, but 8 to 50.
 * Epochs: so many that about 20 million symbols are read, but 2 to 50. The learning rate falls with
 * the square root of the number of steps. Dropout grows with how often each symbol is read and with
 * the parameters per symbol, because such a model memorizes.
 */
void recipe_for(const struct recipe_case *about, struct recipe *recipe);

#endif
