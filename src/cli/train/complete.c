/* Whether a resumed run has nothing left to do, and what would continue it. */
#include "cli/train/run.h"

#include "base/text.h"

#include <math.h>

static void add(struct text *text, const char *option, double reached) {
    text_add(text, "%s--%s above %.12g", text->used > 0 ? " and " : "", option, reached);
}

bool train_is_complete(const struct train_run *run, char limits[CHARNN_LIMITS]) {
    const struct train_settings *s = run->settings;
    const struct train_progress *p = trainer_progress(run->trainer);
    struct text text = text_start(limits, CHARNN_LIMITS);
    size_t epochs = p->windows / trainer_plan(run->trainer)->windows;
    double seconds = p->seconds_before + p->seconds;
    if (s->max_epochs > 0 && epochs >= s->max_epochs) {
        add(&text, "max-epochs", (double)epochs);
    }
    if (s->max_steps > 0 && p->step >= s->max_steps) {
        add(&text, "max-steps", (double)p->step);
    }
    if (s->max_seconds > 0 && trainer_time_is_up(run->trainer)) {
        add(&text, "max-seconds", ceil(fmax(seconds, s->max_seconds)));
    }
    if (s->patience > 0 && p->validations_since_best >= s->patience) {
        add(&text, "patience", (double)p->validations_since_best);
    }
    return text.used > 0;
}
