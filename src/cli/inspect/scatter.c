#include "cli/inspect/scatter.h"

#include "infer/inside/gates.h"

#include <math.h>

/* In pixels; a picture is a square with the axes at LEFT and BOTTOM. */
enum { SIZE = 150, LEFT = 24, BOTTOM = 126, RANGE = 100 };

static void put_circle(struct page *page, const struct inspect *inspect,
                       struct recording_place place) {
    const struct gate_use use = inspect_gate_use(inspect, place);
    double memory = inspect_memory(inspect, place.layer, place.unit);
    page_put(page, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\"><title>unit %zu: open %.3f, shut %.3f",
             LEFT + RANGE * use.shut, BOTTOM - RANGE * use.open, place.unit, use.open, use.shut);
    if (isfinite(memory)) {
        page_put(page, ", memory %.1f characters", memory);
    }
    page_write(page, "</title></circle>\n");
}

static void put_scatter(struct page *page, const struct inspect *inspect,
                        struct recording_place place) {
    const struct recording *r = inspect->recording;
    page_put(page,
             "<figure><figcaption>layer %zu, gate %c</figcaption>\n"
             "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Gate %c of layer %zu: fraction "
             "of the time that each unit is open over that it is shut\">\n"
             "<path d=\"M%d %dV%dH%dL%d %d\"/>\n"
             "<text x=\"%d\" y=\"%d\">shut below 0.1</text>\n"
             "<text x=\"%d\" y=\"%d\">open above 0.9</text>\n"
             "<text x=\"%d\" y=\"%d\">0</text><text x=\"%d\" y=\"%d\">1</text>"
             "<text x=\"%d\" y=\"%d\">1</text>\n",
             place.layer, r->names[place.kind], SIZE, SIZE, r->names[place.kind], place.layer, LEFT,
             BOTTOM - RANGE, BOTTOM, LEFT + RANGE, LEFT, BOTTOM - RANGE, LEFT + 25, BOTTOM + 20,
             LEFT - 20, BOTTOM - RANGE - 10, LEFT - 8, BOTTOM + 9, LEFT + RANGE - 3, BOTTOM + 9,
             LEFT - 8, BOTTOM - RANGE + 4);
    for (; place.unit < r->units; place.unit++) {
        put_circle(page, inspect, place);
    }
    page_write(page, "</svg></figure>\n");
}

void inspect_put_gates(struct page *page, const struct inspect *inspect) {
    size_t kinds[CHARNN_INSPECT_GATES];
    size_t count = inspect_gates(inspect, kinds);
    if (count > 0) {
        page_write(page, "<h2>How long the gates are open and shut</h2>\n"
                         "<p>A circle for each unit: the fraction of the time that its gate is "
                         "open, over the fraction that it is shut.</p>\n");
    }
    for (size_t i = 0; i < inspect->recording->layers * count; i++) {
        const struct recording_place place = {.layer = i / count, .kind = kinds[i % count]};
        put_scatter(page, inspect, place);
    }
}
