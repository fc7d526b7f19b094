#include "train/recipe.h"

bool recipe_for(size_t symbols, struct recipe *recipe) {
    enum { LARGE = 480 * 1000, UNIT = 8, SYMBOLS_PER_UNIT = UNIT * 10 * 1000 };
    if (symbols >= LARGE) {
        return false;
    }
    size_t units = (symbols + SYMBOLS_PER_UNIT / 2) / SYMBOLS_PER_UNIT;
    *recipe = (struct recipe){
        .batch_size = units > 0 ? units * UNIT : UNIT,
        .learning_rate = 0.004,
    };
    return true;
}
