#include "cli/terminal/meter.h"

#include "base/clock.h"
#include "cli/terminal/format.h"

#include <unistd.h>

static const int signals[CHARNN_METER_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
static int line_descriptor; /* static, as handlers have no context */

static void end_cleanly(int number) {
    (void)!write(line_descriptor, CHARNN_LIVE_LINE_CLEAR, sizeof CHARNN_LIVE_LINE_CLEAR - 1);
    (void)raise(number); /* takes its default action when this handler returns */
}

void meter_begin(struct meter *m, FILE *stream) {
    live_line_init(&m->line, stream);
    m->started_at = clock_seconds();
    line_descriptor = fileno(stream);
    for (size_t i = 0; m->line.live && i < CHARNN_METER_SIGNALS; i++) {
        const struct sigaction action = {.sa_handler = end_cleanly, .sa_flags = (int)SA_RESETHAND};
        (void)sigaction(signals[i], NULL, &m->before[i]);
        if (m->before[i].sa_handler != SIG_IGN) {
            (void)sigaction(signals[i], &action, NULL);
        }
    }
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
    for (size_t i = 0; m->line.live && i < CHARNN_METER_SIGNALS; i++) {
        (void)sigaction(signals[i], &m->before[i], NULL);
    }
}
