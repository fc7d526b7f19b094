/* The page of --html. Its text is coloured by a script (script.h), which reads:
 *
 *   data = { text: "...", bits: [...], kinds: ["h", ...],
 *            units: [{ layer, unit, follows: ["feature", ...], values: { h: [low, high, "levels"] }
 * }] }
 *
 * with one level, a byte in base64, for each character. */
#include "base/memory.h"
#include "cli/inspect/beside.h"
#include "cli/inspect/inspect.h"
#include "cli/inspect/reach_picture.h"
#include "cli/inspect/scatter.h"
#include "cli/inspect/script.h"
#include "cli/terminal/format.h"
#include "text/symbols.h"

#include <math.h>
#include <stdio.h>

/* The units of the ranking, each once, in the order of their first feature. */
struct unit_list {
    struct recording_place places[CHARNN_FEATURE_COUNT]; /* kind 0 */
    size_t of_match[CHARNN_FEATURE_COUNT];               /* index of its unit */
    size_t count;
};

static struct unit_list list_units(const struct inspect *inspect) {
    struct unit_list list = {.count = 0};
    for (size_t i = 0; i < inspect->match_count; i++) {
        struct recording_place place =
            recording_place(inspect->recording, inspect->matches[i].series);
        size_t at = 0;
        while (at < list.count &&
               (list.places[at].layer != place.layer || list.places[at].unit != place.unit)) {
            at++;
        }
        place.kind = 0;
        list.places[at] = place;
        list.of_match[i] = at;
        list.count += at == list.count;
    }
    return list;
}

static void put_score(struct page *page, double score) {
    if (isnan(score)) {
        page_write(page, "<td>-</td>");
    } else {
        page_put(page, "<td>%.3f</td>", score);
    }
}

static void put_ranking(struct page *page, const struct inspect *inspect,
                        const struct unit_list *list) {
    const struct recording *r = inspect->recording;
    page_write(page, "<h2>Which unit follows what</h2>\n"
                     "<p>Chosen by the first half of the text; the second half confirms it or not. "
                     "Perfect: r 1 or -1, AUC 1 or 0. Chance: r 0, AUC 0.5.</p>\n"
                     "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Ranking\">\n"
                     "<table>\n<tr><th>feature</th><th>measure</th><th>layer</th><th>unit</th>"
                     "<th>value</th><th>first half</th><th>second half</th></tr>\n");
    for (size_t i = 0; i < inspect->match_count; i++) {
        const struct probe_match *match = &inspect->matches[i];
        const struct feature *feature = &features[match->feature];
        const struct recording_place place = recording_place(r, match->series);
        char kind = r->names[place.kind];
        page_put(page,
                 "<tr><th><button data-unit=\"%zu\" value=\"%c\" title=\"%s\">%s</button></th>"
                 "<td>%s</td><td>%zu</td><td>%zu</td><td>%c</td>",
                 list->of_match[i], kind, feature->meaning, feature->label,
                 feature->graded ? "r" : "AUC", place.layer, place.unit, kind);
        put_score(page, match->first);
        put_score(page, match->second);
        page_write(page, "</tr>\n");
    }
    page_write(page, "</table>\n</div>\n");
}

static void put_passage(struct page *page) {
    page_write(page,
               "<h2>The text, as the unit sees it</h2>\n<div id=\"bar\">\n"
               "<label>Unit <select id=\"unit\"></select></label>\n"
               "<label>value <select id=\"kind\"></select></label> <span id=\"range\"></span>\n"
               "<p id=\"said\" role=\"status\"></p>\n</div>\n"
               "<p>Blue: above zero; orange: below. Point at a character, or move with the arrow "
               "keys.</p>\n"
               "<pre id=\"text\" tabindex=\"0\" aria-label=\"Text\"></pre>\n");
}

/* A symbol in a string of a script. The end symbol of a record ends a line. */
static void put_script_symbol(struct page *page, uint32_t code) {
    char text[CHARNN_SYMBOL_TEXT];
    if (symbol_ends_line(code)) {
        page_write(page, "\\n");
    } else if (code == '"' || code == '\\') {
        page_put(page, "\\%c", (char)code);
    } else if (code < 0x20 || code == 0x7F || code == '<' || code == 0x2028 || code == 0x2029) {
        page_put(page, "\\u%04x", code);
    } else {
        page_write(page, symbol_in_utf8(code, text));
    }
}

/* The levels of a series in base64 (RFC 4648). */
static void put_levels(struct page *page, const float *series, size_t length,
                       struct probe_range range) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t t = 0; t < length; t += 3) {
        uint32_t bits = 0;
        char text[5];
        for (size_t i = 0; i < 3; i++) {
            bits = bits << 8 | (t + i < length ? probe_level(range, series[t + i]) : 0U);
        }
        for (size_t i = 0; i < 4; i++) {
            bool used = i <= length - t;
            text[i] = '=';
            if (used) {
                text[i] = digits[bits >> (18 - 6 * i) & 63];
            }
        }
        text[4] = '\0';
        page_write(page, text);
    }
}

static void put_unit(struct page *page, const struct inspect *inspect, const struct unit_list *list,
                     size_t index) {
    const struct recording *r = inspect->recording;
    struct recording_place place = list->places[index];
    const char *comma = "";
    page_put(page, "{ layer: %zu, unit: %zu, follows: [", place.layer, place.unit);
    for (size_t i = 0; i < inspect->match_count; i++) {
        if (list->of_match[i] == index) {
            page_put(page, "%s\"%s\"", comma, features[inspect->matches[i].feature].label);
            comma = ", ";
        }
    }
    page_write(page, "], values: {\n");
    for (; place.kind < r->kinds; place.kind++) {
        const float *series = recording_series(r, recording_index(r, place));
        const struct probe_range range = probe_range(series, r->length);
        page_put(page, "%c: [%.6g, %.6g, \"", r->names[place.kind], (double)range.low,
                 (double)range.high);
        put_levels(page, series, r->length, range);
        page_write(page, "\"],\n");
    }
    page_write(page, "} },\n");
}

static void put_data(struct page *page, const struct inspect *inspect,
                     const struct unit_list *list) {
    const struct recording *r = inspect->recording;
    page_write(page, "<script>\nconst data = { text: \"");
    for (size_t t = 0; t < r->length; t++) {
        put_script_symbol(page, r->codes[t]);
    }
    page_write(page, "\", bits: [");
    for (size_t t = 0; t < r->length; t++) {
        page_put(page, "%.1f,", format_bits((double)r->nats[t]));
    }
    page_write(page, "], kinds: [");
    for (size_t kind = 0; kind < r->kinds; kind++) {
        page_put(page, "\"%c\",", r->names[kind]);
    }
    page_write(page, "], units: [\n");
    for (size_t i = 0; i < list->count; i++) {
        put_unit(page, inspect, list, i);
    }
    page_write(page, "] };\n");
    page_write(page, inspect_script);
    page_write(page, "</script>\n");
}

static void put_summary(struct page *page, const struct inspect *inspect) {
    char path[CHARNN_PAGE_PATH];
    char model[CHARNN_INSPECT_MODEL];
    char count[CHARNN_FORMAT_SIZE];
    page_escape_path(checkpoint_path(inspect->eval.checkpoint), path);
    inspect_describe_model(&inspect->eval.model->shape, model);
    page_put(page, "<p>Model: %s (%s)</p>\n<p>Text: %s characters, %.4f nats per character</p>\n",
             path, model, format_count(inspect->recording->length, count), inspect_nats(inspect));
}

enum status inspect_write_page(const struct inspect *inspect, struct error *error) {
    struct page page = {.file = NULL};
    const struct unit_list list = list_units(inspect);
    if (page_create(&page, inspect->settings->html, "Inside the cells", inspect_style, error) ==
        CHARNN_OK) {
        put_summary(&page, inspect);
        if (list.count > 0) {
            put_ranking(&page, inspect, &list);
            put_passage(&page);
        }
        inspect_put_reach(&page, inspect);
        inspect_put_gates(&page, inspect);
        beside_put(&page, inspect);
        if (list.count > 0) {
            put_data(&page, inspect, &list);
        }
    }
    enum status status = error->status == CHARNN_OK ? page_commit(&page) : error->status;
    page_deinit(&page);
    return status;
}
