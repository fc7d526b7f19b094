/* --budget: measures this machine, chooses the size of the model and the number of steps, and
 * corrects that by the pace of the run. */
#include "base/clock.h"
#include "base/machine/memory_limit.h"
#include "base/text.h"
#include "cli/terminal/format.h"
#include "cli/train/run.h"
#include "kernels/dispatch.h"
#include "train/schedule.h"
#include "train/start/forecast.h"
#include "train/start/measure.h"

#include <math.h>
#include <stdio.h>

/* The part of the budget that the steps take; the rest is for saves and for a slower machine. */
static const double share_used = 0.985;

/* Seconds from now to this share of the budget. */
static double time_left(const struct train_run *run, double share) {
    return share * run->settings->budget - (clock_seconds() - run->began);
}

/* A size that was tried. */
struct trial {
    size_t hidden, steps;
    size_t validate_every; /* steps */
    double epochs, nats;
};

/* The steps that end in time, with the validations and some time for saves. There is a validation
 * after each epoch; if these are few, there are up to 10 others in a fiftieth of the time. */
static void plan_steps(const struct train_run *run, double window, double validation,
                       struct trial *trial) {
    const double extra = 0.02, enough = 10;
    const struct train_settings *s = run->settings;
    double windows = (double)trainer_plan(run->trainer)->windows;
    double left = time_left(run, share_used);
    double others = fmin(fmax(floor(extra * left / validation), 1), enough);
    double time = fmax(left - others * validation, 0);
    trial->epochs = time / (windows * window + validation);
    trial->steps = (size_t)fmax(trial->epochs * windows / (double)s->accumulate, 1);
    trial->validate_every =
        trial->epochs < enough ? (size_t)ceil((double)trial->steps / others) : 0;
}

/* Trains for some seconds. A size that is too large for the limits has infinite nats. Validations
 * take so little of the time that only the last trial counts them. */
static enum status try_size(struct train_run *run, const struct forecast_text *text, double seconds,
                            bool last, struct trial *trial, struct error *error) {
    struct train_settings *s = run->settings;
    char warning[CHARNN_MEMORY_WARNING];
    struct error refusal;
    s->rnn_size = trial->hidden;
    trial->nats = INFINITY;
    if (train_choose_recipe(run, error) != CHARNN_OK || train_plan(run, error) != CHARNN_OK) {
        return error->status;
    }
    size_t parameters = run->model->parameters.elements;
    if ((s->max_parameters > 0 && parameters > s->max_parameters) ||
        memory_check(run->memory, "the run", "", warning, &refusal) != CHARNN_OK) {
        return CHARNN_OK;
    }
    if (train_create_model(run, error) != CHARNN_OK ||
        trainer_create(&run->parts, &run->trainer, error) != CHARNN_OK) {
        return error->status;
    }
    double validation = last ? trainer_measure_validation(run->trainer) : 0;
    run->pace.validation = validation;
    double window = trainer_measure_window(run->trainer, seconds, SIZE_MAX);
    struct split train = run->plan.splits[CHARNN_SPLIT_TRAIN];
    plan_steps(run, window, validation, trial);
    trial->nats = forecast_loss(&(struct forecast_case){.text = *text,
                                                        .attention = s->attention > 0,
                                                        .symbols = train.end - train.begin,
                                                        .parameters = parameters,
                                                        .epochs = trial->epochs,
                                                        .steps = (double)trial->steps});
    return CHARNN_OK;
}

static enum status try_and_release(struct train_run *run, const struct forecast_text *text,
                                   double seconds, bool last, struct trial *trial,
                                   struct error *error) {
    enum status status = try_size(run, text, seconds, last, trial, error);
    trainer_destroy(run->trainer);
    model_destroy(run->model);
    run->trainer = NULL;
    run->model = NULL;
    return status;
}

static double seconds_of_trial(const struct train_run *run) {
    return fmin(0.002 * run->settings->budget, 0.5);
}

/* Tries sizes in ascending order until they are clearly worse. */
static enum status try_sizes(struct train_run *run, const struct forecast_text *text,
                             struct trial *best, struct text *tried, struct error *error) {
    static const size_t sizes[] = {32, 64, 96, 128, 192, 256, 384, 512, 768, 1024};
    const double clearly = 0.02; /* nats */
    bool given = options_given(&run->invocation->options, "rnn-size");
    size_t count = given ? 1 : sizeof sizes / sizeof sizes[0];
    *best = (struct trial){.nats = INFINITY};
    for (size_t i = 0; i < count; i++) {
        struct trial trial = {.hidden = given ? run->settings->rnn_size : sizes[i]};
        if (try_and_release(run, text, seconds_of_trial(run), false, &trial, error) != CHARNN_OK) {
            return error->status;
        }
        if (isfinite(trial.nats)) {
            text_add(tried, "%s%zu (%.2f)", tried->used > 0 ? ", " : "", trial.hidden, trial.nats);
        }
        if (!(trial.nats < best->nats + clearly)) {
            break;
        }
        *best = trial.nats < best->nats ? trial : *best;
    }
    return isfinite(best->nats)
               ? CHARNN_OK
               : error_set(error, CHARNN_ERROR_USAGE,
                           "no model has at most %zu parameters and fits in memory; raise "
                           "--max-parameters",
                           run->settings->max_parameters);
}

/* Adds attention to the best size if that is better. It is not tried if few characters repeat: two
 * of three such texts gained nothing. */
static enum status try_attention(struct train_run *run, const struct forecast_text *text,
                                 struct trial *best, struct text *tried, struct error *error) {
    const double few = 0.08;
    struct train_settings *s = run->settings;
    struct trial trial = *best;
    if (options_given(&run->invocation->options, "attention") || !(text->repeated > few)) {
        return CHARNN_OK;
    }
    s->attention = CHARNN_FORECAST_REACH;
    if (try_and_release(run, text, seconds_of_trial(run), false, &trial, error) != CHARNN_OK) {
        return error->status;
    }
    if (isfinite(trial.nats)) {
        text_add(tried, ", %zu --attention %zu (%.2f)", trial.hidden, s->attention, trial.nats);
    }
    if (trial.nats < best->nats) {
        *best = trial;
    } else {
        s->attention = 0;
    }
    return CHARNN_OK;
}

/* Refuses a text that cannot be trained on, and reads how hard it is. */
static enum status read_text(struct train_run *run, struct forecast_text *text,
                             struct error *error) {
    if (train_choose_recipe(run, error) != CHARNN_OK || train_plan(run, error) != CHARNN_OK) {
        return error->status;
    }
    model_destroy(run->model);
    run->model = NULL;
    return forecast_read(run->corpus, run->vocab, run->plan.splits, text, error);
}

enum status train_choose_budget(struct train_run *run, struct error *error) {
    /* More than the budget is aimed at, so that a run which keeps its pace ends by its steps. */
    const double longest = 1.03, shortest = 0.1;
    struct train_settings *s = run->settings;
    struct trial best;
    char tried[256];
    char time[CHARNN_FORMAT_SIZE];
    struct text sizes = text_start(tried, sizeof tried);
    struct forecast_text read;
    if (s->budget <= 0 || s->resume) {
        return CHARNN_OK;
    }
    if (!options_given(&run->invocation->options, "precision") && kernels_current()->tiles) {
        s->precision = CHARNN_PRECISION_BF16;
    }
    s->max_seconds = s->budget; /* which decides how long measuring a validation takes */
    if (read_text(run, &read, error) != CHARNN_OK ||
        try_sizes(run, &read, &best, &sizes, error) != CHARNN_OK ||
        try_attention(run, &read, &best, &sizes, error) != CHARNN_OK ||
        try_and_release(run, &read, fmin(0.02 * s->budget, 5), true, &best, error) != CHARNN_OK) {
        return error->status;
    }
    s->rnn_size = best.hidden;
    s->max_steps = best.steps;
    double left = time_left(run, longest);
    s->max_seconds = fmax(round(10 * left) / 10, shortest);
    s->eval_val_every = best.validate_every;
    progress_say(&run->progress, "budget",
                 "expected nats by --rnn-size: %s; a 2-gram model has %.3f, a 4-gram model %.3f",
                 tried, read.bigram_nats, read.ngram_nats);
    char attention[64] = "";
    if (s->attention > 0) {
        (void)snprintf(attention, sizeof attention, " --attention %zu", s->attention);
    }
    progress_say(
        &run->progress, "budget",
        "%s for --rnn-size %zu%s%s --max-steps %zu: %.3g epochs, about %.2f nats expected, "
        "usually within 0.1",
        format_duration(s->budget, time), best.hidden, attention,
        s->precision == CHARNN_PRECISION_BF16 ? " --precision bf16" : "", best.steps, best.epochs,
        best.nats);
    return CHARNN_OK;
}

void train_begin_pace(struct train_run *run) {
    const struct train_progress *p = trainer_progress(run->trainer);
    run->pace.began = clock_seconds();
    run->pace.windows = p->windows;
    run->pace.validations = p->validations;
}

/* The steps of the whole run that end in time at the pace since it was begun. */
static size_t steps_in_time(const struct train_run *run, const struct train_progress *p) {
    const struct train_settings *s = run->settings;
    const struct train_pace *pace = &run->pace;
    double now = clock_seconds();
    double validating = (double)(p->validations - pace->validations) * pace->validation;
    /* As measured before, a validation may be too long. */
    double training = fmax(now - pace->began - validating, (now - pace->began) / 2);
    double step =
        fmax(training / (double)(p->windows - pace->windows), 1e-9) * (double)s->accumulate;
    double windows = (double)trainer_plan(run->trainer)->windows;
    double validations = (double)s->accumulate / windows;
    validations += s->eval_val_every > 0 ? 1 / (double)s->eval_val_every : 0;
    double left = time_left(run, share_used);
    return p->step + (size_t)(fmax(left, 0) / (step + validations * pace->validation));
}

void train_keep_budget(struct train_run *run) {
    enum { CHECKS = 2, LEAST_STEPS = 32 };
    static const double shares[CHECKS] = {CHARNN_HOLD / 2, CHARNN_HOLD * 3 / 4};
    struct train_settings *s = run->settings;
    struct train_pace *pace = &run->pace;
    const struct train_progress *p = trainer_progress(run->trainer);
    size_t least = (size_t)ceil((double)p->step / CHARNN_HOLD); /* so that all steps were held */
    if (s->budget <= 0 || s->schedule != CHARNN_SCHEDULE_HOLD || s->max_steps < LEAST_STEPS ||
        pace->checks == CHECKS || p->windows == pace->windows || least >= s->max_steps ||
        (double)p->step < shares[pace->checks] * (double)s->max_steps) {
        return;
    }
    size_t steps = steps_in_time(run, p);
    steps = steps > least ? steps : least;
    cJSON *saved = cJSON_CreateNumber((double)steps);
    if (saved == NULL || !cJSON_ReplaceItemInObjectCaseSensitive(run->config, "max_steps", saved)) {
        cJSON_Delete(saved);
        return; /* out of memory: the number stays as it is */
    }
    pace->checks++;
    s->max_steps = steps;
    trainer_set_updates(run->trainer, steps);
    train_log_length(&run->log, p, steps);
    progress_say(&run->progress, "budget", "--max-steps %zu by the pace of the first %zu steps",
                 steps, p->step);
}
