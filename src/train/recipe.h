/* The settings that suit a small text, measured in models/quality/. */
#ifndef CHARNN_TRAIN_RECIPE_H
#define CHARNN_TRAIN_RECIPE_H

#include <stdbool.h>
#include <stddef.h>

struct recipe {
    size_t batch_size;
    double learning_rate; /* of RMSProp */
};

/*
 * The recipe for a text of so many symbols in its training part. Many streams in few symbols make
 * few steps per epoch, so a small text gets about one stream per 10,000 symbols, which is about 200
 * steps of 50 symbols, and twice the learning rate. Returns false and leaves `recipe` alone if the
 * text is large enough for the defaults of the option table.
 */
bool recipe_for(size_t symbols, struct recipe *recipe);

#endif
