#include "cli/terminal/meter.h"

#include "base/clock.h"
#include "cli/terminal/format.h"

void meter_begin(struct meter *m, FILE *stream) {
    live_line_init(&m->line, stream);
    m->started_at = clock_seconds();
}

void meter_update(void *meter, size_t done, size_t total) {
    struct meter *m = meter;
    double now = clock_seconds();
    double seconds = now - m->started_at;
    if (done == 0 || !live_line_due(&m->line, now)) {
        return;
    }
    char done_text[CHARNN_FORMAT_SIZE];
    char total_text[CHARNN_FORMAT_SIZE];
    char speed_text[CHARNN_FORMAT_SIZE];
    char left_text[CHARNN_FORMAT_SIZE];
    char rate[3 * CHARNN_FORMAT_SIZE] = "";
    char text[6 * CHARNN_FORMAT_SIZE];
    if (seconds >= 1) {
        double speed = (double)done / seconds;
        (void)snprintf(rate, sizeof rate, "  %s chars/s  %s left",
                       format_count((size_t)speed, speed_text),
                       format_duration((double)(total - done) / speed, left_text));
    }
    (void)snprintf(text, sizeof text, "%s of %s characters%s", format_count(done, done_text),
                   format_count(total, total_text), rate);
    live_line_draw(&m->line, now, text);
}

void meter_end(struct meter *m) {
    live_line_clear(&m->line);
}
