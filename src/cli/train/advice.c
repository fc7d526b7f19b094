/* Advice on the size of the model. */
#include "cli/terminal/format.h"
#include "cli/train/run.h"

#include <math.h>

/* Number of parameters, as PyTorch counts them (nn/model.h), with `hidden` units per layer. */
static double parameters_of(const struct model_shape *shape, double hidden) {
    double gates = (double)shape->cell->gates * hidden;
    double layers = (double)shape->layers;
    double vocab = (double)shape->vocab;
    double inputs = vocab + (layers - 1) * hidden;
    double peepholes = shape->peephole ? (double)shape->cell->peephole_count * hidden * layers : 0;
    double recurrent = (double)shape->cell->recurrent_gates * hidden;
    double attention = shape->attention > 0 ? 2 * hidden * hidden : 0;
    return layers * recurrent * recurrent + gates * inputs + layers * gates * (hidden + 2) +
           peepholes + attention + vocab * (hidden + 1);
}

/* The largest round --rnn-size with at most one parameter per character, from 8 to 1024; 0: none.
 * Karpathy's rule of thumb: both numbers have the same order of magnitude. */
static size_t fitting_size(const struct train_run *run) {
    const size_t most = 1024;
    double characters = (double)corpus_length(run->corpus);
    size_t size = 0;
    for (size_t next = 8;
         next <= most && parameters_of(&run->model->shape, (double)next) <= characters;
         next += next < 128 ? 8 : 64) {
        size = next;
    }
    return size;
}

void train_print_advice(struct train_run *run) {
    size_t characters = corpus_length(run->corpus);
    size_t parameters = run->model->parameters.elements;
    size_t size = fitting_size(run);
    size_t own = run->model->shape.hidden;
    const char *dropout = run->settings->dropout < 0.5 ? ", or --dropout 0.5" : "";
    bool is_fixed = run->origin != NULL; /* the origin's size */
    char text[CHARNN_FORMAT_SIZE];
    if (parameters / 10 > characters && size > 0 && size < own && !is_fixed) {
        progress_say(&run->progress, "advice",
                     "more than ten parameters per character: the model may memorize the text; use "
                     "--rnn-size %zu, which has about one per character%s",
                     size, dropout);
    } else if (parameters / 10 > characters) {
        progress_say(&run->progress, "advice",
                     "more than ten parameters per character: the model may memorize the text; use "
                     "a text of at least %s characters%s",
                     format_count(parameters / 10, text), dropout);
    } else if (characters / 50 > parameters && size > own && !is_fixed) {
        progress_say(&run->progress, "advice",
                     "more than fifty characters per parameter: --rnn-size %zu would learn more "
                     "from this text, but takes longer",
                     size);
    }
}
