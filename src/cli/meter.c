#include "cli/meter.h"

#include "base/clock.h"
#include "cli/format.h"

void meter_begin(struct meter *m, FILE *stream, size_t whole) {
    *m = (struct meter){.whole = whole, .started_at = clock_seconds()};
    live_line_init(&m->line, stream);
}

void meter_show(void *meter, size_t done) {
    const double quiet_seconds = 1;
    struct meter *m = meter;
    double now = clock_seconds();
    double seconds = now - m->started_at;
    if (done == 0 || seconds < quiet_seconds || !live_line_due(&m->line, now)) {
        return;
    }
    char done_text[CHARNN_FORMAT_SIZE];
    char whole_text[CHARNN_FORMAT_SIZE];
    char speed_text[CHARNN_FORMAT_SIZE];
    char left_text[CHARNN_FORMAT_SIZE];
    char text[5 * CHARNN_FORMAT_SIZE];
    double speed = (double)done / seconds;
    double left = (double)(m->whole > done ? m->whole - done : 0) / speed;
    (void)snprintf(text, sizeof text, "%s of %s characters  %s chars/s  %s left",
                   format_count(done, done_text), format_count(m->whole, whole_text),
                   format_count((size_t)speed, speed_text), format_duration(left, left_text));
    live_line_draw(&m->line, now, text);
}

void meter_end(struct meter *m) {
    live_line_clear(&m->line);
}
