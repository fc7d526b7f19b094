#include "cli/progress.h"

#include "base/clock.h"
#include "cli/format.h"
#include "cli/terminal.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

static const double redraw_seconds = 0.2;
static const double speed_seconds = 2;

void progress_init(struct progress *p, FILE *stream, const struct train_settings *settings) {
    *p = (struct progress){
        .stream = stream,
        .live = terminal_is_live(stream),
        .print_every = settings->print_every,
        .max_epochs = settings->max_epochs,
    };
}

void progress_clear(struct progress *p) {
    if (p->drawn) {
        (void)fputs("\r\033[K", p->stream);
        (void)fflush(p->stream);
        p->drawn = false;
    }
}

void progress_say(struct progress *p, const char *label, const char *format, ...) {
    va_list arguments;
    progress_clear(p);
    (void)fprintf(p->stream, "%-11s ", label);
    va_start(arguments, format);
    (void)vfprintf(p->stream, format, arguments);
    va_end(arguments);
    (void)fputc('\n', p->stream);
}

static void update_speed(struct progress *p, const struct train_report *report, double now) {
    if (p->steps == 0) {
        p->speed_at = p->started_at = now;
        p->started_done = report->done;
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

/* "epoch 3.25/50  loss 1.612  bits/char 2.326  val 1.702  ..."; returns its length. */
static int format_line(const struct progress *p, const struct train_report *report, double now,
                       char *line, size_t size) {
    char epochs[CHARNN_FORMAT_SIZE] = "";
    char val[CHARNN_FORMAT_SIZE] = "-";
    char speed[CHARNN_FORMAT_SIZE];
    char left[CHARNN_FORMAT_SIZE];
    char left_text[CHARNN_FORMAT_SIZE + 8] = "";
    const struct train_progress *progress = report->progress;
    if (p->max_epochs > 0) {
        (void)snprintf(epochs, sizeof epochs, "/%zu", p->max_epochs);
    }
    if (isfinite(progress->val)) {
        (void)snprintf(val, sizeof val, "%.3f", progress->val);
    }
    double gained = report->done - p->started_done;
    if (gained > 0) {
        double seconds = (now - p->started_at) * (1 - report->done) / gained;
        (void)snprintf(left_text, sizeof left_text, "  %s left", format_duration(seconds, left));
    }
    return snprintf(line, size, "epoch %.2f%s  loss %.3f  bits/char %.3f  val %s  %s chars/s%s",
                    report->epoch, epochs, progress->smooth, format_bits(progress->smooth), val,
                    format_count((size_t)p->speed, speed), left_text);
}

void progress_step(struct progress *p, const struct train_report *report) {
    double now = clock_seconds();
    char line[256];
    update_speed(p, report, now);
    if (p->live) {
        if (p->drawn && now - p->drawn_at < redraw_seconds) {
            return;
        }
        size_t width = terminal_width(p->stream);
        int length = format_line(p, report, now, line, sizeof line);
        int shown = length < (int)width ? length : (int)width - 1; /* a full line would wrap */
        (void)fprintf(p->stream, "\r\033[K%.*s", shown, line);
        (void)fflush(p->stream);
        p->drawn = true;
        p->drawn_at = now;
    } else if (report->progress->step % p->print_every == 0) {
        (void)format_line(p, report, now, line, sizeof line);
        (void)fprintf(p->stream, "step %zu  %s\n", report->progress->step, line);
    }
}

void progress_validation(struct progress *p, const struct train_report *report, bool improved) {
    const struct train_progress *progress = report->progress;
    char seconds[CHARNN_FORMAT_SIZE];
    progress_clear(p);
    if (!isfinite(progress->val)) {
        (void)fprintf(p->stream, "epoch %.2f  step %zu  train %.4f  no validation text  %s\n",
                      report->epoch, progress->step, progress->train,
                      format_duration(progress->seconds, seconds));
        return;
    }
    (void)fprintf(p->stream, "epoch %.2f  step %zu  train %.4f  val %.4f  bits/char %.4f  %s%s\n",
                  report->epoch, progress->step, progress->train, progress->val,
                  format_bits(progress->val), format_duration(progress->seconds, seconds),
                  improved ? "  best" : "");
}
