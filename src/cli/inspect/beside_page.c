/* The charts of inspect --ngrams on its page. */
#include "cli/inspect/beside.h"
#include "cli/terminal/format.h"

#include <math.h>

/* In pixels of a picture that is WIDTH wide. */
enum {
    WIDTH = 300,
    LEFT = 28,
    TOP = 16,
    BOTTOM = 130,
    RIGHT = 290,
    ROW = 15,
    LABEL = 78,
    BAR = 165
};

/* The losses go from 0 to the highest, or to 1 if none is higher. */
static double highest(const struct inspect *inspect) {
    const struct comparison *c = &inspect->comparison;
    double most = fmax(1, inspect_nats(inspect));
    for (size_t n = 1; n <= c->longest; n++) {
        most = c->models[n - 1].nats > most ? c->models[n - 1].nats : most;
    }
    return most;
}

static void put_curve(struct page *page, const struct inspect *inspect) {
    const struct comparison *c = &inspect->comparison;
    const double nats = inspect_nats(inspect);
    const double scale = (BOTTOM - TOP) / highest(inspect);
    page_put(page,
             "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Loss of the "
             "n-gram models over n, and of the network\">\n<path d=\"M%d %dV%dH%d\"/>\n"
             "<text x=\"0\" y=\"9\">nats per character</text>\n"
             "<text x=\"%d\" y=\"%d\">n</text>\n",
             WIDTH, BOTTOM + 18, LEFT, TOP, BOTTOM, RIGHT, RIGHT + 4, BOTTOM + 14);
    for (int tick = 0; tick <= (int)highest(inspect); tick++) {
        page_put(page, "<text x=\"%d\" y=\"%.1f\">%d</text>\n", LEFT - 10,
                 BOTTOM + 3 - scale * tick, tick);
    }
    page_put(page,
             "<path class=\"network\" d=\"M%d %.1fH%d\"/>\n<text x=\"%d\" y=\"%.1f\">the network: "
             "%.4f</text>\n",
             LEFT, BOTTOM - scale * nats, RIGHT, LEFT + 4, BOTTOM + 10 - scale * nats, nats);
    for (size_t n = 1; n <= c->longest; n++) {
        double x = LEFT + (double)n * (RIGHT - LEFT) / (double)(c->longest + 1);
        page_put(page,
                 "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>n = %zu: %.4f</title></circle>"
                 "<text x=\"%.1f\" y=\"%d\">%zu</text>\n",
                 x, BOTTOM - scale * c->models[n - 1].nats, n, c->models[n - 1].nats,
                 x - (n < 10 ? 2.5 : 5), BOTTOM + 14, n);
    }
    page_write(page, "</svg>\n");
}

static void put_models(struct page *page, const struct inspect *inspect) {
    const struct comparison *c = &inspect->comparison;
    char training[CHARNN_FORMAT_SIZE];
    page_put(page,
             "<h2>Beside n-gram models</h2>\n<p>Models that see only the n - 1 characters before, "
             "with modified Kneser-Ney smoothing, learned from the same training part of %s "
             "characters. ",
             format_count(c->training, training));
    if (c->equal > 0) {
        page_put(page, "The smallest n whose loss is as low as the network's: %zu. ", c->equal);
    } else {
        page_write(page, "No n has a loss as low as the network's. ");
    }
    page_write(page, "The table counts the characters to which only one of the two gives a "
                     "probability above 0.5.</p>\n");
    put_curve(page, inspect);
    page_write(page, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"n-gram "
                     "models\">\n<table>\n<tr><th>n</th><th>nats/char</th>"
                     "<th>only network</th><th>only n-gram</th></tr>\n");
    for (size_t n = 1; n <= c->longest; n++) {
        const struct comparison_model *model = &c->models[n - 1];
        page_put(page, "<tr><th>%zu</th><td>%.4f</td><td>%zu</td><td>%zu</td></tr>\n", n,
                 model->nats, model->only_network, model->only_model);
    }
    page_write(page, "</table>\n</div>\n");
}

static void put_bars(struct page *page, const struct mistakes *m) {
    double most = 0;
    for (size_t i = 0; i < CHARNN_MISTAKE_COUNT; i++) {
        double share = mistakes_share(m, i);
        most = share > most ? share : most;
    }
    page_put(page,
             "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Share of each "
             "type in the errors\">\n",
             WIDTH, CHARNN_MISTAKE_COUNT * ROW);
    for (size_t i = 0; i < CHARNN_MISTAKE_COUNT; i++) {
        char share[CHARNN_FORMAT_SIZE];
        double length = most > 0 ? BAR * mistakes_share(m, i) / most : 0;
        bool tiny = format_percent(mistakes_share(m, i), share)[0] == '<';
        page_put(page,
                 "<text x=\"0\" y=\"%zu\">%s</text><rect x=\"%d\" y=\"%zu\" width=\"%.1f\" "
                 "height=\"%d\"/><text x=\"%.1f\" y=\"%zu\">%s%s</text>\n",
                 i * ROW + 11, mistake_names[i].label, LABEL, i * ROW + 2, length, ROW - 4,
                 LABEL + length + 4, i * ROW + 11, tiny ? "&lt;" : "", share + tiny);
    }
    page_write(page, "</svg>\n");
}

static void put_example(struct page *page, const struct recording *r, size_t at) {
    char symbol[CHARNN_SYMBOL_TEXT];
    page_write(page, "<code>");
    for (size_t t = at > CHARNN_BESIDE_BEFORE ? at - CHARNN_BESIDE_BEFORE : 0; t <= at; t++) {
        page_put(page, t == at ? "<mark>%s</mark>" : "%s",
                 symbol_ends_line(r->codes[t]) ? "\u21b5"
                                               : page_escape_symbol(r->codes[t], symbol));
    }
    page_put(page, " (%.1f bits)</code>\n", format_bits((double)r->nats[at]));
}

static void put_mistakes(struct page *page, const struct inspect *inspect) {
    const struct mistakes *m = &inspect->mistakes;
    char count[CHARNN_FORMAT_SIZE];
    page_put(page,
             "<h2>What goes wrong</h2>\n<p>%s of %zu characters have a probability of at most 0.5. "
             "Each error is of the first type that fits, after Karpathy, Johnson and Li (2015); "
             "with the three errors of the largest loss.</p>\n",
             format_count(m->errors, count), inspect->recording->length - 1);
    put_bars(page, m);
    page_write(page, "<dl>\n");
    for (size_t i = 0; i < CHARNN_MISTAKE_COUNT; i++) {
        const struct mistake *type = &m->types[i];
        page_put(page, "<dt>%s: %s</dt>\n<dd>%s\n", mistake_names[i].label,
                 format_count(type->count, count), mistake_names[i].meaning);
        for (size_t k = 0; k < type->example_count; k++) {
            put_example(page, inspect->recording, type->examples[k]);
        }
        page_write(page, "</dd>\n");
    }
    page_write(page, "</dl>\n");
}

void beside_put(struct page *page, const struct inspect *inspect) {
    if (inspect->settings->ngrams > 0) {
        put_models(page, inspect);
        put_mistakes(page, inspect);
    }
}
