#include "cli/train/log/progress.h"

#include "base/clock.h"
#include "cli/terminal/format.h"
#include "cli/terminal/width.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

static const double speed_seconds = 2;

/* A step is slow, and its progress is shown, after so many seconds; on a stream that is not a
 * terminal, a line after so many more. */
static const double slow_step = 3;
static const double slow_line = 30;

void progress_init(struct progress *p, FILE *stream, const struct train_settings *settings) {
    *p = (struct progress){.settings = settings};
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

/* The first step of a session is not counted: the clock starts after it. */
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

/* To the end by steps or by time, whichever is nearer; infinite if neither is known. */
static double seconds_left(const struct progress *p, const struct train_report *report,
                           double now) {
    double gained = report->steps_done - p->started_done;
    double seconds =
        gained > 0 ? (now - p->started_at) * (1 - report->steps_done) / gained : INFINITY;
    seconds = report->seconds_left < seconds ? report->seconds_left : seconds;
    return seconds > 0 ? seconds : 0;
}

/* "epoch 3.25/50  loss 1.612  bits/char 2.326  val 1.702  ...". If the line is longer than `room`,
 * it lacks bits/char, which is the loss in another unit, and then the learning rate. */
static void format_line(const struct progress *p, const struct train_report *report, double now,
                        size_t room, char *line, size_t size) {
    char epochs[CHARNN_FORMAT_SIZE] = "";
    char bits[CHARNN_FORMAT_SIZE];
    char val[CHARNN_FORMAT_SIZE] = "-";
    char speed[CHARNN_FORMAT_SIZE];
    char rate[CHARNN_FORMAT_SIZE];
    char duration[CHARNN_FORMAT_SIZE];
    char left[CHARNN_FORMAT_SIZE + 8] = "";
    const struct train_progress *progress = report->progress;
    double seconds = seconds_left(p, report, now);
    if (p->settings->max_epochs > 0) {
        (void)snprintf(epochs, sizeof epochs, "/%zu", p->settings->max_epochs);
    }
    (void)snprintf(bits, sizeof bits, "  bits/char %.3f", format_bits(progress->smooth));
    if (isfinite(progress->val)) {
        (void)snprintf(val, sizeof val, "%.3f", progress->val);
    }
    if (isfinite(seconds)) {
        (void)snprintf(left, sizeof left, "  %s left", format_duration(seconds, duration));
    }
    (void)format_count((size_t)p->speed, speed);
    (void)snprintf(rate, sizeof rate, "  rate %.3g", report->rate);
    char *const optional[] = {bits, rate};
    size_t left_out = 0;
    while ((size_t)snprintf(line, size, "epoch %.2f%s  loss %.3f%s  val %s  %s chars/s%s%s",
                            progress->epoch, epochs, progress->smooth, bits, val, speed, rate,
                            left) > room &&
           left_out < sizeof optional / sizeof optional[0]) {
        optional[left_out++][0] = '\0';
    }
}

/* Adds a gauge to a line of `room` columns, if it fits. */
static void add_gauge(const char *gauge, size_t room, char *line, size_t size) {
    const size_t gap = 2;
    size_t length = strlen(line);
    if (gauge[0] != '\0' &&
        text_columns(line, length) + gap + text_columns(gauge, strlen(gauge)) <= room) {
        (void)snprintf(line + length, size - length, "  %s", gauge);
    }
}

/* How far the run is, by steps or by time, and the validation losses so far. */
static void add_gauges(const struct progress *p, const struct train_report *report, size_t room,
                       char *line, size_t size) {
    double limit = p->settings->max_seconds;
    double by_time = limit > 0 ? 1 - report->seconds_left / limit : 0;
    double done = fmax(report->steps_done, by_time);
    char gauge[CHARNN_GAUGE_TEXT];
    if (done > 0) {
        gauge_bar(done, gauge);
        add_gauge(gauge, room, line, size);
    }
    sparks_draw(&p->sparks, gauge);
    add_gauge(gauge, room, line, size);
}

void progress_step(struct progress *p, const struct train_report *report) {
    double now = clock_seconds();
    char line[512];
    update_speed(p, report, now);
    p->working_at = 0;
    if (live_line_due(&p->line, now)) {
        size_t room = live_line_room(&p->line);
        size_t bar = CHARNN_BAR + 2 < room ? CHARNN_BAR + 2 : 0;
        format_line(p, report, now, room - bar, line, sizeof line);
        add_gauges(p, report, room, line, sizeof line);
        live_line_draw(&p->line, now, line);
    } else if (!p->line.live && report->progress->step % p->settings->print_every == 0) {
        format_line(p, report, now, sizeof line, line, sizeof line);
        (void)fprintf(p->line.stream, "step %zu  %s\n", report->progress->step, line);
    }
}

void progress_working(struct progress *p, size_t step, double done) {
    double now = clock_seconds();
    if (p->working_at == 0) {
        p->working_at = p->part_printed = now;
        p->working_done = done;
    }
    double spent = now - p->working_at;
    bool slow = spent >= slow_step && done > p->working_done;
    p->step_seconds = slow ? spent / (done - p->working_done) : 0;
    if (!slow || done >= 1) {
        return;
    }
    char line[128];
    char left[CHARNN_FORMAT_SIZE];
    (void)snprintf(line, sizeof line, "step %zu  %.0f%% done  %s left", step, 100 * done,
                   format_duration(p->step_seconds * (1 - done), left));
    if (live_line_due(&p->line, now)) {
        live_line_draw(&p->line, now, line);
    } else if (!p->line.live && now - p->part_printed >= slow_line) {
        p->part_printed = now;
        (void)fprintf(p->line.stream, "%s\n", line);
    }
}

/* For a user who is new to these units, so only on a terminal and in a new run. */
static void explain_units(struct progress *p, double val) {
    if (p->line.live && p->validations == 1 && !p->settings->resume) {
        progress_say(p, "units",
                     "train and val are mean losses in nats per character, and a nat is 1.443 "
                     "bits; val %.2f: the model is as unsure as a choice among %.1f equally likely "
                     "characters; lower is better",
                     val, exp(val));
    }
}

void progress_validation(struct progress *p, const struct train_report *report, bool improved) {
    const struct train_progress *progress = report->progress;
    bool has_text = isfinite(progress->val);
    char val[2 * CHARNN_FORMAT_SIZE] = "no validation text";
    char seconds[CHARNN_FORMAT_SIZE];
    p->validations++;
    progress_clear(p);
    if (has_text) {
        (void)snprintf(val, sizeof val, "val %.4f  bits/char %.4f", progress->val,
                       format_bits(progress->val));
    }
    (void)fprintf(p->line.stream, "epoch %.2f  step %zu  train %.4f  %s  %s%s\n", progress->epoch,
                  progress->step, progress->train, val, format_duration(progress->seconds, seconds),
                  has_text && improved ? "  best" : "");
    if (has_text) {
        sparks_add(&p->sparks, progress->val);
        explain_units(p, progress->val);
    }
}
