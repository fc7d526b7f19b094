#include "cli/train/estimate.h"

#include "base/clock.h"
#include "base/plural.h"
#include "base/text.h"
#include "cli/terminal/format.h"

#include <math.h>

/* "45 seconds", "12 minutes", "3.5 hours", "2.1 days" */
static void format_roughly(double seconds, char text[CHARNN_FORMAT_SIZE]) {
    static const struct {
        double limit, unit;
        const char *name;
    } units[] = {
        {100, 1, "second"}, {6000, 60, "minute"}, {2e5, 3600, "hour"}, {1e12, 86400, "day"}};
    size_t i = 0;
    while (seconds >= units[i].limit && i + 1 < sizeof units / sizeof units[0]) {
        i++;
    }
    double value = fmin(seconds, 1e12) / units[i].unit;
    value = value < 9.95 && i > 1 ? round(value * 10) / 10 : fmax(round(value), 1);
    (void)snprintf(text, CHARNN_FORMAT_SIZE, "%.12g %s%s", value, units[i].name,
                   value == 1 ? "" : "s");
}

/* A speed from 100 on, rounded to two significant digits; a lower one, to a whole number. */
static size_t round_speed(double speed) {
    double unit = speed >= 100 ? pow(10, floor(log10(speed)) - 1) : 1;
    return (size_t)(fmin(round(speed / unit) * unit, 1e15));
}

/* Seconds for the windows that are left; infinite if the steps have no limit. */
static double seconds_by_windows(const struct train_run *run, double window_seconds) {
    const struct trainer_plan *plan = trainer_plan(run->trainer);
    const struct train_progress *p = trainer_progress(run->trainer);
    double steps = (double)plan->updates - (double)p->step;
    return plan->updates > 0 ? fmax(steps, 0) * (double)run->settings->accumulate * window_seconds
                             : INFINITY;
}

static double limit_of(const struct train_run *run) {
    return run->settings->max_seconds > 0 ? run->settings->max_seconds : INFINITY;
}

double estimate_seconds(const struct train_run *run, double window_seconds) {
    return fmin(seconds_by_windows(run, window_seconds), limit_of(run));
}

/* "50 epochs", or "1,000 steps" if these are fewer. */
static void format_goal(const struct train_run *run, char text[2 * CHARNN_FORMAT_SIZE]) {
    const struct train_settings *s = run->settings;
    size_t updates = trainer_plan(run->trainer)->updates;
    bool steps = s->max_steps > 0 && updates == s->max_steps;
    size_t count = steps ? s->max_steps : s->max_epochs;
    char digits[CHARNN_FORMAT_SIZE];
    (void)snprintf(text, (size_t)2 * CHARNN_FORMAT_SIZE, "%s%s %s%s",
                   s->resume ? "the rest of " : "", format_count(count, digits),
                   steps ? "step" : "epoch", plural_ending(count));
}

void estimate_format(const struct train_run *run, double window_seconds,
                     char text[CHARNN_ESTIMATE_TEXT]) {
    const struct trainer_plan *plan = trainer_plan(run->trainer);
    double epoch = window_seconds * (double)plan->windows;
    double all = seconds_by_windows(run, window_seconds);
    char time[CHARNN_FORMAT_SIZE];
    char goal[2 * CHARNN_FORMAT_SIZE];
    char speed[CHARNN_FORMAT_SIZE];
    struct text out = text_start(text, CHARNN_ESTIMATE_TEXT);
    if (all > limit_of(run)) {
        format_roughly(limit_of(run), time);
        double epochs = limit_of(run) / epoch;
        text_add(&out, "%s (--max-seconds), about ", time);
        text_add(&out, epochs < 10 ? "%.2g epochs" : "%.0f epochs", epochs);
    } else if (isfinite(all)) {
        format_roughly(all, time);
        format_goal(run, goal);
        text_add(&out, "about %s for %s", time, goal);
    } else {
        format_roughly(epoch, time);
        text_add(&out, "about %s for each epoch; the number of epochs has no limit", time);
    }
    text_add(
        &out, " (at %s characters/s)",
        format_count(round_speed((double)(plan->batch * plan->steps) / window_seconds), speed));
}

/* Prints the estimate. A short run has none, because it would end before anyone reads it. */
static void say(struct train_run *run, double window_seconds) {
    const double short_run = 10;
    char text[CHARNN_ESTIMATE_TEXT];
    run->estimated = true;
    if (estimate_seconds(run, window_seconds) >= short_run) {
        estimate_format(run, window_seconds, text);
        progress_say(&run->progress, "estimate", "%s", text);
    }
}

/* After 20 steps or 2 seconds. */
void train_say_estimate(struct train_run *run) {
    const double enough_seconds = 2;
    const size_t enough_steps = 20;
    const struct progress *p = &run->progress;
    double spent = clock_seconds() - p->started_at;
    if (!run->estimated && p->steps >= 2 && spent > 0 &&
        (p->steps > enough_steps || spent >= enough_seconds)) {
        say(run, spent / (double)(p->steps - 1) / (double)run->settings->accumulate);
    }
}

/* A tenth of a slow step is enough. */
void train_say_slow_estimate(struct train_run *run, double done) {
    const double enough = 0.1;
    double seconds = run->progress.step_seconds;
    if (!run->estimated && seconds > 0 && done >= enough) {
        say(run, seconds / (double)run->settings->accumulate);
    }
}
