#include "train/start/recipe.h"

#include <math.h>

/* x, but at least `low` and at most `high`. */
static double bounded(double x, double low, double high) {
    return fmin(fmax(x, low), high);
}

void recipe_for(const struct recipe_case *about, struct recipe *recipe) {
    const double unit = 8, steps_of_top_rate = 1600, top_rate = 0.016;
    double symbols = fmax((double)about->symbols, 1);
    recipe->batch_size = (size_t)bounded(unit * round(symbols / (unit * 1e4)), unit, 50);
    recipe->max_epochs = (size_t)bounded(round(20e6 / symbols), 2, 50);
    double step = about->step > 0 ? (double)about->step : 50.0 * (double)recipe->batch_size;
    double epochs = about->epochs > 0 ? about->epochs : (double)recipe->max_epochs;
    double steps = fmax(epochs * symbols / step, 1);
    double doublings = log2(fmax(epochs * (double)about->parameters / symbols, 1));
    double rate = top_rate * bounded(sqrt(steps_of_top_rate / steps), 0.25, 1);
    rate *= (about->is_lstm ? 1 : 0.5) * (about->is_trained ? 0.25 : 1);
    recipe->learning_rate = round(1e4 * rate) / 1e4;
    recipe->dropout = round(100 * bounded(0.02 * doublings, 0, 0.3)) / 100;
    double recurrent = about->is_trained ? 0 : 0.05 + 0.03 * doublings;
    recipe->recurrent_dropout = round(100 * bounded(recurrent, 0, 0.4)) / 100;
}
