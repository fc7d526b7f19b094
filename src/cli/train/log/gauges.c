#include "cli/train/log/gauges.h"

#include "base/text.h"

#include <math.h>

void gauge_bar(double done, char text[CHARNN_GAUGE_TEXT]) {
    struct text out = text_start(text, CHARNN_GAUGE_TEXT);
    for (int i = 0; i < CHARNN_BAR; i++) {
        text_add(&out, "%s", done * CHARNN_BAR >= i + 0.5 ? "█" : "░");
    }
}

void sparks_add(struct sparks *s, double value) {
    s->sum += value;
    if (++s->summed < (size_t)1 << s->halvings) {
        return;
    }
    s->values[s->count++] = s->sum / (double)s->summed;
    s->sum = 0;
    s->summed = 0;
    if (s->count == CHARNN_SPARKS) {
        s->count /= 2;
        s->halvings++;
        for (size_t i = 0; i < s->count; i++) {
            s->values[i] = (s->values[2 * i] + s->values[2 * i + 1]) / 2;
        }
    }
}

void sparks_draw(const struct sparks *s, char text[CHARNN_GAUGE_TEXT]) {
    static const char *const levels[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const int highest = (int)(sizeof levels / sizeof levels[0]) - 1;
    struct text out = text_start(text, CHARNN_GAUGE_TEXT);
    double low = INFINITY;
    double high = -INFINITY;
    for (size_t i = 0; i < s->count; i++) {
        low = fmin(low, s->values[i]);
        high = fmax(high, s->values[i]);
    }
    for (size_t i = 0; i < s->count && s->count > 1; i++) {
        double place = high > low ? (s->values[i] - low) / (high - low) : 0;
        text_add(&out, "%s", levels[(size_t)(place * highest + 0.5)]);
    }
}
