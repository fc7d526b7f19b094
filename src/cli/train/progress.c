#include "cli/train/progress.h"

#include "base/clock.h"
#include "cli/terminal/format.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

static const double speed_seconds = 2;

void progress_init(struct progress *p, FILE *stream, const struct train_settings *settings) {
    *p = (struct progress){
        .print_every = settings->print_every,
        .max_epochs = settings->max_epochs,
    };
    live_line_init(&p->line, stream);
}

void progress_clear(struct progress *p) {
    live_line_clear(&p->line);
}

void progress_say(struct progress *p, const char *label, const char *format, ...) {
    va_list arguments;
    progress_clear(p);
    (void)fprintf(p->line.stream, "%-11s ", label);
    va_start(arguments, format);
    (void)vfprintf(p->line.stream, format, arguments);
    va_end(arguments);
    (void)fputc('\n', p->line.stream);
}

static void update_speed(struct progress *p, const struct train_report *report, double now) {
    if (p->steps == 0) {
        p->speed_at = p->started_at = now;
        p->started_done = report->steps_done;
    } else {
        p->characters += report->characters;
    }
    p->steps++;
    double seconds = now - p->speed_at;
    if (seconds >= speed_seconds || (p->speed == 0 && p->steps > 1 && seconds > 0)) {
        p->speed = (double)p->characters / seconds;
        if (seconds >= speed_seconds) {
            p->characters = 0;
            p->speed_at = now;
        }
    }
}

/* To the nearest of the run's ends; infinite where none can be told yet. */
static double seconds_left(const struct progress *p, const struct train_report *report,
                           double now) {
    double gained = report->steps_done - p->started_done;
    double seconds =
        gained > 0 ? (now - p->started_at) * (1 - report->steps_done) / gained : INFINITY;
    seconds = report->seconds_left < seconds ? report->seconds_left : seconds;
    return seconds > 0 ? seconds : 0;
}

/* "epoch 3.25/50  loss 1.612  bits/char 2.326  val 1.702  ..."; where that has no room, without
 * bits, which say the same as loss. */
static void format_line(const struct progress *p, const struct train_report *report, double now,
                        size_t room, char *line, size_t size) {
    char epochs[CHARNN_FORMAT_SIZE] = "";
    char val[CHARNN_FORMAT_SIZE] = "-";
    char speed[CHARNN_FORMAT_SIZE];
    char left[CHARNN_FORMAT_SIZE];
    char left_text[CHARNN_FORMAT_SIZE + 8] = "";
    char begin[3 * CHARNN_FORMAT_SIZE];
    char bits[CHARNN_FORMAT_SIZE];
    char end[4 * CHARNN_FORMAT_SIZE];
    const struct train_progress *progress = report->progress;
    if (p->max_epochs > 0) {
        (void)snprintf(epochs, sizeof epochs, "/%zu", p->max_epochs);
    }
    if (isfinite(progress->val)) {
        (void)snprintf(val, sizeof val, "%.3f", progress->val);
    }
    double seconds = seconds_left(p, report, now);
    if (isfinite(seconds)) {
        (void)snprintf(left_text, sizeof left_text, "  %s left", format_duration(seconds, left));
    }
    (void)snprintf(begin, sizeof begin, "epoch %.2f%s  loss %.3f", progress->epoch, epochs,
                   progress->smooth);
    (void)snprintf(bits, sizeof bits, "  bits/char %.3f", format_bits(progress->smooth));
    (void)snprintf(end, sizeof end, "  val %s  %s chars/s%s", val,
                   format_count((size_t)p->speed, speed), left_text);
    bool fits = strlen(begin) + strlen(bits) + strlen(end) <= room;
    (void)snprintf(line, size, "%s%s%s", begin, fits ? bits : "", end);
}

void progress_step(struct progress *p, const struct train_report *report) {
    double now = clock_seconds();
    char line[256];
    update_speed(p, report, now);
    if (live_line_due(&p->line, now)) {
        format_line(p, report, now, live_line_room(&p->line), line, sizeof line);
        live_line_draw(&p->line, now, line);
    } else if (!p->line.live && report->progress->step % p->print_every == 0) {
        format_line(p, report, now, sizeof line, line, sizeof line);
        (void)fprintf(p->line.stream, "step %zu  %s\n", report->progress->step, line);
    }
}

void progress_validation(struct progress *p, const struct train_report *report, bool improved) {
    const struct train_progress *progress = report->progress;
    char seconds[CHARNN_FORMAT_SIZE];
    progress_clear(p);
    if (!isfinite(progress->val)) {
        (void)fprintf(p->line.stream, "epoch %.2f  step %zu  train %.4f  no validation text  %s\n",
                      progress->epoch, progress->step, progress->train,
                      format_duration(progress->seconds, seconds));
        return;
    }
    (void)fprintf(
        p->line.stream, "epoch %.2f  step %zu  train %.4f  val %.4f  bits/char %.4f  %s%s\n",
        progress->epoch, progress->step, progress->train, progress->val, format_bits(progress->val),
        format_duration(progress->seconds, seconds), improved ? "  best" : "");
}
