#include "base/memory.h"
#include "cli/plot/canvas.h"
#include "cli/plot/views.h"
#include "cli/terminal/stream.h"

#include <string.h>

/*
 * Loss in nats per character over epochs       title
 *  2.0 +                                       axis of losses, canvas, letters
 *      |                               b
 *  1.0 +                               a
 *      +-----+-----+-----+-----+------         axis of epochs
 *      0     5     10    15    20
 * a training 1.1200                            legend
 */
enum {
    FRAME_LINES = 4,         /* title, axis, its numbers, and the line of the next prompt */
    LEAST_ROWS = 6,          /* even if the legend is long */
    LEAST_COLUMNS = 12,      /* of the canvas */
    MOST_COLUMNS = 2000,     /* of the terminal, whatever the environment says */
    MOST_ROWS = 1000,        /* likewise */
    LETTER_COLUMNS = 2,      /* right of the canvas */
    COLUMNS_PER_NUMBER = 10, /* on the axis of epochs */
    ROWS_PER_NUMBER = 3,
};

/* Where things are, in characters. */
struct layout {
    size_t width;
    size_t margin; /* columns of the numbers of losses */
    size_t columns, rows;
    bool colours;
};

static size_t place(const struct plot_axis *axis, double value, size_t size) {
    return (size_t)(plot_axis_place(axis, value) * (double)(size - 1) + 0.5);
}

static size_t row_of(const struct chart *chart, const struct layout *l, double loss) {
    size_t dots = l->rows * CHARNN_CANVAS_DOTS_DOWN;
    return (dots - 1 - place(&chart->y, loss, dots)) / CHARNN_CANVAS_DOTS_DOWN;
}

static size_t column_of(const struct chart *chart, const struct layout *l, double epoch) {
    return place(&chart->x, epoch, l->columns * CHARNN_CANVAS_DOTS_ACROSS) /
           CHARNN_CANVAS_DOTS_ACROSS;
}

/* Needs two passes. The width of the canvas decides which points are averaged, and so the numbers
 * of losses. Their width is the margin, which decides the width of the canvas. */
static enum status lay_out(struct chart *chart, struct layout *l, size_t height,
                           struct error *error) {
    size_t used = chart->count + FRAME_LINES;
    l->rows = height > used + LEAST_ROWS ? height - used : LEAST_ROWS;
    l->margin = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (l->width < l->margin + 2 + LEAST_COLUMNS + LETTER_COLUMNS) {
            return error_set(error, CHARNN_ERROR_DATA,
                             "the terminal has %zu columns, but a chart needs %zu; widen it, or "
                             "write a picture with --svg FILE",
                             l->width, l->margin + 2 + LEAST_COLUMNS + LETTER_COLUMNS);
        }
        l->columns = l->width - l->margin - 2 - LETTER_COLUMNS;
        chart_fit(chart, l->columns * CHARNN_CANVAS_DOTS_ACROSS, l->columns / COLUMNS_PER_NUMBER,
                  l->rows / ROWS_PER_NUMBER);
        for (size_t i = 0; i < plot_axis_ticks(&chart->y); i++) {
            char text[CHARNN_AXIS_TEXT];
            (void)plot_axis_tick(&chart->y, i, text);
            l->margin = strlen(text) > l->margin ? strlen(text) : l->margin;
        }
    }
    return CHARNN_OK;
}

static void draw_curves(const struct chart *chart, struct canvas *canvas) {
    for (size_t i = 0; i < chart->count; i++) {
        const struct chart_curve *c = &chart->curves[i];
        size_t from[2];
        for (size_t j = 0; j < c->points->count; j++) {
            const struct plot_point *point = &c->points->points[j];
            size_t down = canvas->rows * CHARNN_CANVAS_DOTS_DOWN;
            size_t to[2] = {
                place(&chart->x, point->epoch, canvas->columns * CHARNN_CANVAS_DOTS_ACROSS),
                down - 1 - place(&chart->y, point->loss, down)};
            canvas_draw_line(canvas, j > 0 ? from : to, to, c->colour,
                             c->kind == CHARNN_PLOT_TRAINING);
            memcpy(from, to, sizeof from);
        }
    }
}

static void print_letter(const struct chart_curve *curve, bool colours, FILE *out) {
    if (colours) {
        canvas_set_colour(curve->colour, out);
    }
    (void)fputc(curve->letter, out);
    if (colours) {
        canvas_set_colour(-1, out);
    }
}

static void print_row(const struct chart *chart, const struct layout *l,
                      const struct canvas *canvas, size_t row, int letter, FILE *out) {
    char text[CHARNN_AXIS_TEXT] = "";
    bool tick = false;
    for (size_t i = 0; i < plot_axis_ticks(&chart->y) && !tick; i++) {
        double value = plot_axis_tick(&chart->y, i, text);
        tick = row_of(chart, l, value) == row;
    }
    (void)fprintf(out, "%*s %s", (int)l->margin, tick ? text : "", tick ? "┤" : "│");
    canvas_write_row(canvas, row, l->colours, out);
    if (letter >= 0) {
        (void)fputc(' ', out);
        print_letter(&chart->curves[letter], l->colours, out);
    }
    (void)fputc('\n', out);
}

/* The axis of epochs: a line with ticks, and below it the numbers that have room. */
static void print_epochs(const struct chart *chart, const struct layout *l, FILE *out) {
    char text[CHARNN_AXIS_TEXT];
    size_t ticks = plot_axis_ticks(&chart->x);
    (void)fprintf(out, "%*s └", (int)l->margin, "");
    for (size_t column = 0, i = 0; column < l->columns; column++) {
        bool tick = i < ticks && column_of(chart, l, plot_axis_tick(&chart->x, i, text)) == column;
        i += tick ? 1 : 0;
        (void)fputs(tick ? "┬" : "─", out);
    }
    (void)fputc('\n', out);
    size_t used = 0;
    for (size_t i = 0; i < ticks; i++) {
        size_t at = l->margin + 2 + column_of(chart, l, plot_axis_tick(&chart->x, i, text));
        size_t length = strlen(text);
        size_t begin = at - (length / 2 < at ? length / 2 : at);
        if ((used == 0 || begin > used) && begin + length <= l->width) {
            (void)fprintf(out, "%*s", (int)(begin + length - used), text);
            used = begin + length;
        }
    }
    (void)fputc('\n', out);
}

static void print_legend(const struct chart *chart, const struct layout *l, FILE *out) {
    for (size_t i = 0; i < chart->count; i++) {
        char text[CHARNN_LEGEND_TEXT];
        chart_legend(chart, &chart->curves[i], l->width - 2, text);
        print_letter(&chart->curves[i], l->colours, out);
        (void)fprintf(out, " %s\n", text);
    }
}

static void print(const struct chart *chart, const struct layout *l, const struct canvas *canvas,
                  FILE *out) {
    int letters[MOST_ROWS];
    chart_place_letters(chart, letters, l->rows);
    (void)fprintf(out, "%.*s\n", (int)l->width, chart_title(chart));
    for (size_t row = 0; row < l->rows; row++) {
        print_row(chart, l, canvas, row, letters[row], out);
    }
    print_epochs(chart, l, out);
    print_legend(chart, l, out);
}

enum status plot_print(struct chart *chart, size_t width, size_t height, bool colours, FILE *out,
                       struct error *error) {
    struct layout layout = {
        .width = width < MOST_COLUMNS ? width : MOST_COLUMNS,
        .colours = colours,
    };
    struct canvas canvas = {0};
    enum status status = lay_out(chart, &layout, height < MOST_ROWS ? height : MOST_ROWS, error);
    if (status == CHARNN_OK) {
        status = canvas_init(&canvas, layout.columns, layout.rows, error);
    }
    if (status == CHARNN_OK) {
        draw_curves(chart, &canvas);
        print(chart, &layout, &canvas, out);
        status = stream_flush(out, error);
    }
    canvas_deinit(&canvas);
    return status;
}
