/* The report of inspect --ngrams on standard output. */
#include "cli/inspect/beside.h"
#include "cli/terminal/format.h"
#include "cli/terminal/stream.h"

#include <string.h>

enum { EXAMPLE = (CHARNN_BESIDE_BEFORE + 2) * CHARNN_SYMBOL_TEXT };

static enum status print_models(const struct inspect *inspect, struct error *error) {
    const struct comparison *c = &inspect->comparison;
    FILE *out = inspect->eval.out;
    char training[CHARNN_FORMAT_SIZE];
    char network[CHARNN_FORMAT_SIZE];
    char model[CHARNN_FORMAT_SIZE];
    enum status status = stream_printf(
        out, error,
        "\nn-gram models of the training part, %s characters; right: a probability above 0.5\n"
        " n  nats/char  only the network right  only the n-gram model right\n",
        format_count(c->training, training));
    for (size_t n = 1; status == CHARNN_OK && n <= c->longest; n++) {
        const struct comparison_model *m = &c->models[n - 1];
        status = stream_printf(out, error, "%2zu  %9.4f  %22s  %27s\n", n, m->nats,
                               format_count(m->only_network, network),
                               format_count(m->only_model, model));
    }
    if (status != CHARNN_OK) {
        return status;
    }
    return c->equal > 0 ? stream_printf(out, error, "equal       at n = %zu\n", c->equal)
                        : stream_printf(out, error, "equal       at no n up to %zu\n", c->longest);
}

/* The characters before an error, then the error in brackets. */
static void show_example(const struct recording *r, size_t at, char text[EXAMPLE]) {
    char symbol[CHARNN_SYMBOL_TEXT];
    for (size_t t = at > CHARNN_BESIDE_BEFORE ? at - CHARNN_BESIDE_BEFORE : 0; t < at; t++) {
        text = stpcpy(text, symbol_escaped(r->codes[t], symbol));
    }
    text = stpcpy(stpcpy(text, "["), symbol_escaped(r->codes[at], symbol));
    (void)stpcpy(text, "]");
}

static enum status print_mistakes(const struct inspect *inspect, struct error *error) {
    const struct mistakes *m = &inspect->mistakes;
    const double characters = (double)(inspect->recording->length - 1);
    char count[CHARNN_FORMAT_SIZE];
    char share[CHARNN_FORMAT_SIZE];
    enum status status = stream_printf(
        inspect->eval.out, error,
        "\n%s errors, %s of the characters, by the first type that fits\n"
        "type             errors   share  the one with the largest loss\n",
        format_count(m->errors, count), format_percent((double)m->errors / characters, share));
    for (size_t i = 0; status == CHARNN_OK && i < CHARNN_MISTAKE_COUNT; i++) {
        const struct mistake *type = &m->types[i];
        char example[EXAMPLE] = "-";
        if (type->count > 0) {
            show_example(inspect->recording, type->examples[0], example);
        }
        status = stream_printf(inspect->eval.out, error, "%-13s %9s  %6s  %s\n",
                               mistake_names[i].label, format_count(type->count, count),
                               format_percent(mistakes_share(m, i), share), example);
    }
    return status;
}

enum status beside_print(const struct inspect *inspect, struct error *error) {
    if (inspect->settings->ngrams == 0) {
        return CHARNN_OK;
    }
    return print_models(inspect, error) == CHARNN_OK ? print_mistakes(inspect, error)
                                                     : error->status;
}
