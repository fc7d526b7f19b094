#include "base/files/atomic_file.h"
#include "base/files/file.h"
#include "cli/plot/views.h"

#include <stdio.h>
#include <string.h>

#define BEGINNING "<svg "

/* In pixels. */
enum {
    WIDTH = 800,
    LEFT = 70,
    RIGHT = 760,
    TOP = 50,
    BOTTOM = 410,
    LINE = 22, /* of the legend */
    LEGEND = BOTTOM + 60,
    SLOT = 18, /* of a letter at the end of a curve */
    SLOTS = (BOTTOM - TOP) / SLOT,
    X_TICKS = 8,
    Y_TICKS = 7,
    MARKED = 60, /* most points of a curve that has a circle at each */
    LEGEND_COLUMNS = 90,
};

/* The arguments are width, height, width, height, title, title. */
static const char head[] = BEGINNING
    "xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
    "role=\"img\" aria-label=\"%s\" font-family=\"sans-serif\" font-size=\"15\">\n"
    "<style>\n"
    ".paper { fill: #fff } text { fill: #222 } .grid { stroke: #ddd }\n"
    ".curve { fill: none; stroke-width: 2; stroke-linejoin: round } .dotted { stroke-dasharray: 2 "
    "4 }\n"
    ".letter { font-weight: bold }\n"
    ".s0 { stroke: #0067a3 } .s1 { stroke: #b34700 } .s2 { stroke: #a03576 }\n"
    ".s3 { stroke: #00734f } .s4 { stroke: #5a3fb5 } .s5 { stroke: #806000 }\n"
    ".f0 { fill: #0067a3 } .f1 { fill: #b34700 } .f2 { fill: #a03576 }\n"
    ".f3 { fill: #00734f } .f4 { fill: #5a3fb5 } .f5 { fill: #806000 }\n"
    "@media (prefers-color-scheme: dark) {\n"
    ".paper { fill: #161616 } text { fill: #ddd } .grid { stroke: #444 }\n"
    ".s0 { stroke: #56b4e9 } .s1 { stroke: #f5a04c } .s2 { stroke: #f0a0d0 }\n"
    ".s3 { stroke: #40d8a5 } .s4 { stroke: #b5a4ff } .s5 { stroke: #e8d44c }\n"
    ".f0 { fill: #56b4e9 } .f1 { fill: #f5a04c } .f2 { fill: #f0a0d0 }\n"
    ".f3 { fill: #40d8a5 } .f4 { fill: #b5a4ff } .f5 { fill: #e8d44c }\n"
    "}\n"
    "</style>\n"
    "<rect class=\"paper\" width=\"100%%\" height=\"100%%\"/>\n"
    "<text x=\"20\" y=\"28\" font-size=\"18\">%s</text>\n";

/* A file being written; the first error stops the writing. */
struct picture {
    struct atomic_file *file;
    struct error *error;
};

static void put(struct picture *picture, const char *format, ...) CHARNN_PRINTF(2, 3);

static void put(struct picture *picture, const char *format, ...) {
    char text[sizeof head + CHARNN_ERROR_LENGTH];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (picture->error->status == CHARNN_OK) {
        picture->error->status =
            atomic_file_write(picture->file, text, (size_t)size, picture->error);
    }
}

static double x_of(const struct chart *chart, double epoch) {
    return LEFT + plot_axis_place(&chart->x, epoch) * (RIGHT - LEFT);
}

static double y_of(const struct chart *chart, double loss) {
    return BOTTOM - plot_axis_place(&chart->y, loss) * (BOTTOM - TOP);
}

static void put_axes(struct picture *picture, const struct chart *chart) {
    char text[CHARNN_AXIS_TEXT];
    for (size_t i = 0; i < plot_axis_ticks(&chart->y); i++) {
        double y = y_of(chart, plot_axis_tick(&chart->y, i, text));
        put(picture, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>", LEFT, y, RIGHT);
        put(picture, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", LEFT - 8, y + 5,
            text);
    }
    for (size_t i = 0; i < plot_axis_ticks(&chart->x); i++) {
        double x = x_of(chart, plot_axis_tick(&chart->x, i, text));
        put(picture, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>", x, TOP, BOTTOM);
        put(picture, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", x, BOTTOM + 22,
            text);
    }
}

static void put_curve(struct picture *picture, const struct chart *chart,
                      const struct chart_curve *c) {
    const struct plot_curve *curve = c->points;
    put(picture, "<polyline class=\"curve s%d%s\" points=\"", c->colour,
        c->kind == CHARNN_PLOT_TRAINING ? " dotted" : "");
    for (size_t i = 0; i < curve->count; i++) {
        const struct plot_point *p = &curve->points[i];
        put(picture, "%s%.1f,%.1f", i > 0 ? " " : "", x_of(chart, p->epoch), y_of(chart, p->loss));
    }
    put(picture, "\"/>\n");
    for (size_t i = 0; i < curve->count && curve->count <= MARKED; i++) {
        const struct plot_point *p = &curve->points[i];
        put(picture,
            "<circle class=\"f%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>epoch %.2f: "
            "%.4f</title></circle>\n",
            c->colour, x_of(chart, p->epoch), y_of(chart, p->loss), p->epoch, p->loss);
    }
}

static void put_letter(struct picture *picture, const struct chart_curve *curve, int x, int y) {
    put(picture, "<text class=\"letter f%d\" x=\"%d\" y=\"%d\">%c</text>\n", curve->colour, x, y,
        curve->letter);
}

/* Escapes the characters that XML would read as markup. */
static void put_escaped(struct picture *picture, const char *text) {
    for (size_t plain; *text != '\0'; text += plain) {
        plain = strcspn(text, "<&");
        put(picture, "%.*s", (int)plain, text);
        if (text[plain] != '\0') {
            put(picture, "%s", text[plain] == '<' ? "&lt;" : "&amp;");
            plain++;
        }
    }
}

static void put_legend(struct picture *picture, const struct chart *chart) {
    for (size_t i = 0; i < chart->count; i++) {
        const struct chart_curve *curve = &chart->curves[i];
        char text[CHARNN_LEGEND_TEXT];
        int y = LEGEND + (int)i * LINE;
        chart_legend(chart, curve, LEGEND_COLUMNS, text);
        put(picture, "<path class=\"curve s%d%s\" d=\"M20 %dH60\"/>", curve->colour,
            curve->kind == CHARNN_PLOT_TRAINING ? " dotted" : "", y - 5);
        put_letter(picture, curve, LEFT, y);
        put(picture, "<text x=\"%d\" y=\"%d\">", LEFT + 20, y);
        put_escaped(picture, text);
        put(picture, "</text>\n");
    }
}

static void put_chart(struct picture *picture, const struct chart *chart) {
    int height = LEGEND + (int)chart->count * LINE;
    int letters[SLOTS];
    chart_place_letters(chart, letters, SLOTS);
    put(picture, head, WIDTH, height, WIDTH, height, chart_title(chart), chart_title(chart));
    put_axes(picture, chart);
    for (size_t i = 0; i < chart->count; i++) {
        put_curve(picture, chart, &chart->curves[i]);
    }
    for (int i = 0; i < SLOTS; i++) {
        if (letters[i] >= 0) {
            int y = TOP + i * SLOT + SLOT / 2 + 5;
            put_letter(picture, &chart->curves[letters[i]], RIGHT + 10, y);
        }
    }
    put_legend(picture, chart);
    put(picture, "</svg>\n");
}

enum status plot_write_svg(struct chart *chart, const char *path, struct error *error) {
    struct picture picture = {.error = error};
    if (file_begins_otherwise(path, BEGINNING)) {
        return error_set(error, CHARNN_ERROR_IO,
                         "%s exists and is not an SVG picture; name another file, or remove it",
                         path);
    }
    chart_fit(chart, RIGHT - LEFT, X_TICKS, Y_TICKS);
    if (atomic_file_create(path, &picture.file, error) != CHARNN_OK) {
        return error->status;
    }
    put_chart(&picture, chart);
    enum status status =
        error->status == CHARNN_OK ? atomic_file_commit(picture.file, error) : error->status;
    atomic_file_destroy(picture.file);
    return status;
}
