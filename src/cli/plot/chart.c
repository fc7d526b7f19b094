#include "cli/plot/chart.h"

#include "base/utf8.h"
#include "cli/terminal/width.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct plot_point find_lowest(const struct plot_curve *curve) {
    struct plot_point lowest = curve->points[0];
    for (size_t i = 1; i < curve->count; i++) {
        lowest = curve->points[i].loss < lowest.loss ? curve->points[i] : lowest;
    }
    return lowest;
}

void chart_init(struct chart *chart, struct plot_log *logs, size_t count, bool bits) {
    *chart = (struct chart){.bits = bits, .named = count > 1};
    for (size_t i = 0; i < count * CHARNN_PLOT_KINDS; i++) {
        struct plot_log *log = &logs[i / CHARNN_PLOT_KINDS];
        size_t kind = i % CHARNN_PLOT_KINDS;
        bool has_coarse = kind == CHARNN_PLOT_TRAINING && log->coarse.count > 0;
        struct plot_curve *points = &log->curves[kind];
        points = has_coarse && points->count == 0 ? &log->coarse : points;
        const struct plot_curve *told = has_coarse ? &log->coarse : points;
        if (points->count > 0) {
            chart->curves[chart->count] = (struct chart_curve){
                .log = log,
                .points = points,
                .kind = (enum plot_kind)kind,
                .colour = (int)((count > 1 ? i / CHARNN_PLOT_KINDS : kind) % CHARNN_CHART_COLOURS),
                .letter = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[chart->count],
                .last = told->points[told->count - 1],
                .lowest = find_lowest(told),
            };
            chart->count++;
        }
    }
}

static size_t column_of(const struct plot_axis *x, double epoch, size_t columns) {
    return (size_t)(plot_axis_place(x, epoch) * (double)(columns - 1) + 0.5);
}

static void thin(struct plot_curve *curve, const struct plot_axis *x, size_t columns) {
    size_t kept = 0;
    for (size_t i = 0, n; i < curve->count; i += n) {
        struct plot_point sum = curve->points[i];
        size_t column = column_of(x, sum.epoch, columns);
        for (n = 1; i + n < curve->count; n++) {
            const struct plot_point *next = &curve->points[i + n];
            if (column_of(x, next->epoch, columns) != column) {
                break;
            }
            sum.epoch += next->epoch;
            sum.loss += next->loss;
        }
        sum.epoch /= (double)n;
        sum.loss /= (double)n;
        curve->points[kept++] = sum;
    }
    curve->count = kept;
}

/* The range of all epochs or losses. */
static struct plot_axis fit(const struct chart *chart, bool epochs, size_t ticks) {
    double low = INFINITY;
    double high = -INFINITY;
    for (size_t i = 0; i < chart->count; i++) {
        const struct plot_curve *curve = chart->curves[i].points;
        for (size_t j = 0; j < curve->count; j++) {
            double value = epochs ? curve->points[j].epoch : curve->points[j].loss;
            low = fmin(low, value);
            high = fmax(high, value);
        }
    }
    /* A run is shown from epoch 0, but a log that begins late in a run from its first epoch. */
    low = epochs && low < high / 5 ? 0 : low;
    return plot_axis_fit(low, high, ticks);
}

void chart_fit(struct chart *chart, size_t columns, size_t x_ticks, size_t y_ticks) {
    chart->x = fit(chart, true, x_ticks);
    for (size_t i = 0; i < chart->count; i++) {
        thin(chart->curves[i].points, &chart->x, columns);
    }
    chart->y = fit(chart, false, y_ticks);
}

const char *chart_title(const struct chart *chart) {
    return chart->bits ? "Loss in bits per character over epochs"
                       : "Loss in nats per character over epochs";
}

/* The longest end of a name that fits, because names of logs differ there. */
static const char *shorten(const char *name, size_t room, const char **dots) {
    *dots = "";
    if (text_columns(name, strlen(name)) <= room) {
        return name;
    }
    *dots = room >= 3 ? "..." : "";
    room -= strlen(*dots);
    while (text_columns(name, strlen(name)) > room) {
        uint32_t code;
        name += utf8_decode((const unsigned char *)name, strlen(name), &code);
    }
    return name;
}

void chart_legend(const struct chart *chart, const struct chart_curve *curve, size_t room,
                  char text[CHARNN_LEGEND_TEXT]) {
    char loss[CHARNN_LEGEND_TEXT / 2];
    char lowest[CHARNN_LEGEND_TEXT / 4] = "";
    const char *dots;
    if (curve->lowest.loss < curve->last.loss) {
        (void)snprintf(lowest, sizeof lowest, ", lowest %.4f at epoch %.2f", curve->lowest.loss,
                       curve->lowest.epoch);
    }
    int length = snprintf(loss, sizeof loss, "%s%s %.4f%s", chart->named ? ": " : "",
                          curve->kind == CHARNN_PLOT_TRAINING ? "training" : "validation",
                          curve->last.loss, lowest);
    size_t rest = room > (size_t)length ? room - (size_t)length : 0;
    const char *name = shorten(chart->named ? curve->log->name.text : "", rest, &dots);
    (void)snprintf(text, CHARNN_LEGEND_TEXT, "%s%s%.*s", dots, name, (int)room, loss);
}

/* The slot of the end of a curve. */
static size_t find_slot(const struct chart *chart, size_t i, size_t slots) {
    const size_t parts = 4; /* dots of a terminal row: the letter is beside the last dot */
    const struct plot_curve *curve = chart->curves[i].points;
    double place = 1 - plot_axis_place(&chart->y, curve->points[curve->count - 1].loss);
    return (size_t)(place * (double)(slots * parts - 1) + 0.5) / parts;
}

/* Lists `count` curves by the ends of their curves, from the top. */
static void sort_by_end(const struct chart *chart, size_t count, size_t *order) {
    for (size_t i = 0; i < count; i++) {
        const struct plot_curve *curve = chart->curves[i].points;
        double loss = curve->points[curve->count - 1].loss;
        size_t at = i;
        for (; at > 0; at--) {
            const struct plot_curve *above = chart->curves[order[at - 1]].points;
            if (above->points[above->count - 1].loss >= loss) {
                break;
            }
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

void chart_place_letters(const struct chart *chart, int *letters, size_t slots) {
    size_t order[CHARNN_CHART_CURVES];
    size_t count = chart->count < slots ? chart->count : slots;
    size_t free = 0;
    for (size_t i = 0; i < slots; i++) {
        letters[i] = -1;
    }
    sort_by_end(chart, count, order);
    for (size_t i = 0; i < count; i++) {
        size_t slot = find_slot(chart, order[i], slots);
        size_t last = slots - (count - i); /* leaves room for the letters below */
        slot = slot < free ? free : slot;
        slot = slot > last ? last : slot;
        letters[slot] = (int)order[i];
        free = slot + 1;
    }
}
