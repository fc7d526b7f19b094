#include "cli/inspect/reach_picture.h"

#include "cli/inspect/reach_report.h"
#include "cli/plot/axis.h"
#include "cli/terminal/format.h"

#include <math.h>

/* In pixels. */
enum {
    WIDTH = 760,
    LEFT = 60,
    RIGHT = 740,
    TOP = 20,
    BOTTOM = 370,
    LEGEND = BOTTOM + 80,
    LINE = 22, /* of the legend */
    TICKS = 7
};

enum { STYLES = 6 }; /* of curves, in `head` */

/* The rules of the page are for smaller pictures. */
static const char head[] =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"reach\" viewBox=\"0 0 %d %d\" role=\"img\" "
    "aria-label=\"Loss over the number of characters that the model sees\" "
    "font-family=\"sans-serif\">\n<style>\n"
    ".reach { width: 100%%; max-width: 50em; height: auto }\n"
    ".reach text { font-size: 14px; fill: #222 } .reach .paper { fill: #fff }\n"
    ".reach path { stroke: #ddd; fill: none } .reach .curve { stroke-width: 2 }\n"
    ".reach circle { fill-opacity: 1 }\n"
    ".reach .s0 { stroke: #0067a3 } .reach .s1 { stroke: #b34700; stroke-dasharray: 9 3 }\n"
    ".reach .s2 { stroke: #a03576; stroke-dasharray: 3 3 } .reach .s3 { stroke: #00734f }\n"
    ".reach .s4 { stroke: #5a3fb5; stroke-dasharray: 9 3 }\n"
    ".reach .s5 { stroke: #806000; stroke-dasharray: 3 3 }\n"
    ".reach .f0 { fill: #0067a3 } .reach .f1 { fill: #b34700 } .reach .f2 { fill: #a03576 }\n"
    ".reach .f3 { fill: #00734f } .reach .f4 { fill: #5a3fb5 } .reach .f5 { fill: #806000 }\n"
    "@media (prefers-color-scheme: dark) {\n"
    ".reach text { fill: #ddd } .reach .paper { fill: #161616 } .reach path { stroke: #444 }\n"
    ".reach .s0 { stroke: #56b4e9 } .reach .s1 { stroke: #f5a04c } .reach .s2 { stroke: #f0a0d0 }\n"
    ".reach .s3 { stroke: #40d8a5 } .reach .s4 { stroke: #b5a4ff } .reach .s5 { stroke: #e8d44c }\n"
    ".reach .f0 { fill: #56b4e9 } .reach .f1 { fill: #f5a04c } .reach .f2 { fill: #f0a0d0 }\n"
    ".reach .f3 { fill: #40d8a5 } .reach .f4 { fill: #b5a4ff } .reach .f5 { fill: #e8d44c }\n"
    "}\n</style>\n<rect class=\"paper\" width=\"100%%\" height=\"100%%\"/>\n";

struct axes {
    double most; /* ln of the largest number of characters */
    struct plot_axis y;
};

static double x_of(const struct axes *axes, double characters) {
    return LEFT + log(characters) / axes->most * (RIGHT - LEFT);
}

static double y_of(const struct axes *axes, double nats) {
    return BOTTOM - plot_axis_place(&axes->y, nats) * (BOTTOM - TOP);
}

/* All models have the same numbers of characters. */
static struct axes fit(const struct inspect *inspect) {
    const struct reach *first = &inspect->reaches[0].reach;
    double low = first->nats;
    double high = first->nats;
    for (size_t i = 0; i < inspect->reach_count; i++) {
        const struct reach *reach = &inspect->reaches[i].reach;
        for (size_t at = 0; at < reach->count; at++) {
            low = fmin(low, reach->nats + reach->points[at].more);
            high = fmax(high, reach->nats + reach->points[at].more);
        }
    }
    /* At least two, for a text of two characters. */
    return (struct axes){log(fmax(2, (double)first->points[first->count - 1].to)),
                         plot_axis_fit(low, high, TICKS)};
}

static void put_axes(struct page *page, const struct axes *axes) {
    char text[CHARNN_AXIS_TEXT];
    char count[CHARNN_FORMAT_SIZE];
    for (size_t i = 0; i < plot_axis_ticks(&axes->y); i++) {
        double y = y_of(axes, plot_axis_tick(&axes->y, i, text));
        page_put(page,
                 "<path d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" "
                 "text-anchor=\"end\">%s</text>\n",
                 LEFT, y, RIGHT, LEFT - 8, y + 5, text);
    }
    for (size_t k = 1; log((double)k) <= axes->most; k *= 10) {
        double x = x_of(axes, (double)k);
        page_put(page,
                 "<path d=\"M%.1f %dV%d\"/><text x=\"%.1f\" y=\"%d\" "
                 "text-anchor=\"middle\">%s</text>\n",
                 x, TOP, BOTTOM, x, BOTTOM + 20, format_count(k, count));
    }
    page_put(page,
             "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">characters that the model sees (nats "
             "per character upwards)</text>\n",
             (LEFT + RIGHT) / 2, BOTTOM + 45);
}

static double middle(const struct reach_point *point) {
    return sqrt((double)point->from * (double)point->to);
}

static void put_curve(struct page *page, const struct axes *axes, const struct reach *reach,
                      size_t style) {
    page_put(page, "<path class=\"curve s%zu\" d=\"", style);
    for (size_t i = 0; i < reach->count; i++) {
        const struct reach_point *point = &reach->points[i];
        page_put(page, "%s%.1f %.1f", i > 0 ? "L" : "M", x_of(axes, middle(point)),
                 y_of(axes, reach->nats + point->more));
    }
    page_write(page, "\"/>\n");
    for (size_t i = 0; i < reach->count; i++) {
        const struct reach_point *point = &reach->points[i];
        char range[CHARNN_REACH_TEXT];
        page_put(page,
                 "<circle class=\"f%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s: "
                 "%.4f</title></circle>\n",
                 style, x_of(axes, middle(point)), y_of(axes, reach->nats + point->more),
                 inspect_reach_range(point, range), reach->nats + point->more);
    }
}

static void put_legend(struct page *page, const struct inspect *inspect) {
    for (size_t i = 0; i < inspect->reach_count; i++) {
        char path[CHARNN_PAGE_PATH];
        size_t y = LEGEND + i * LINE;
        page_escape_path(inspect->reaches[i].path, path);
        page_put(page,
                 "<path class=\"curve s%zu\" d=\"M%d %zuh36\"/><text x=\"%d\" y=\"%zu\">%s: "
                 "%s</text>\n",
                 i % STYLES, LEFT, y - 5, LEFT + 46, y, inspect->reaches[i].model, path);
    }
}

static void put_row(struct page *page, const struct inspect *inspect, size_t at) {
    char error[CHARNN_REACH_TEXT];
    char range[CHARNN_REACH_TEXT];
    page_put(page, "<tr><th>%s</th>",
             inspect_reach_range(&inspect->reaches[0].reach.points[at], range));
    for (size_t i = 0; i < inspect->reach_count; i++) {
        const struct reach *reach = &inspect->reaches[i].reach;
        const struct reach_point *point = &reach->points[at];
        page_put(page, "<td>%.4f</td><td>%s</td>", reach->nats + point->more,
                 inspect_reach_error(point, error));
    }
    page_write(page, "</tr>\n");
}

static void put_table(struct page *page, const struct inspect *inspect) {
    page_write(page, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Reach\">\n"
                     "<table>\n<tr><th>characters before</th>");
    for (size_t i = 0; i < inspect->reach_count; i++) {
        char path[CHARNN_PAGE_PATH];
        page_escape_path(inspect->reaches[i].path, path);
        page_put(page, "<th>%s</th><th>&plusmn;</th>", path);
    }
    page_write(page, "</tr>\n");
    for (size_t at = 0; at < inspect->reaches[0].reach.count; at++) {
        put_row(page, inspect, at);
    }
    page_write(page, "<tr><th>all</th>");
    for (size_t i = 0; i < inspect->reach_count; i++) {
        page_put(page, "<td>%.4f</td><td></td>", inspect->reaches[i].reach.nats);
    }
    page_write(page, "</tr>\n</table>\n</div>\n");
}

void inspect_put_reach(struct page *page, const struct inspect *inspect) {
    if (inspect->reach_count == 0) {
        return;
    }
    const struct axes axes = fit(inspect);
    page_write(page, "<h2>How far back the model looks</h2>\n"
                     "<p>The loss of a character, in nats, if the model sees only the last "
                     "characters before it; &plusmn;: standard error of the difference from the "
                     "loss with all characters before.</p>\n");
    page_put(page, head, WIDTH, LEGEND + (int)inspect->reach_count * LINE);
    put_axes(page, &axes);
    for (size_t i = 0; i < inspect->reach_count; i++) {
        put_curve(page, &axes, &inspect->reaches[i].reach, i % STYLES);
    }
    put_legend(page, inspect);
    page_write(page, "</svg>\n");
    put_table(page, inspect);
}
