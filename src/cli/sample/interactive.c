#include "cli/sample/interactive.h"

#include "cli/options/describe.h"
#include "cli/options/text.h"
#include "cli/options/value.h"
#include "cli/terminal/line_input.h"
#include "cli/terminal/stream.h"

#include <string.h>

/* What may be changed between two texts, in the order in which :help tells of it. */
static const char *const names[] = {
    "length", "stop",  "forbid", "only",  "repetition-penalty", "repetition-window",
    "argmax", "top-k", "top-p",  "min-p", "temperature",        "unknown",
};

enum { NAMES = sizeof names / sizeof names[0] };

struct session {
    struct sampling *sampling;
    struct options *options;
    struct line_input input;
    uint32_t texts; /* whose random numbers were begun so far */
    bool fresh;     /* the next random number is the first of text `texts` */
    size_t lines;   /* read so far */
    bool ended;
};

static volatile sig_atomic_t interrupted;

static void note_interrupt(int number) {
    (void)number;
    interrupted = 1;
}

/* ---- commands ---------------------------------------------------------------------------------
 */

static void print_help(const struct session *s) {
    FILE *err = s->sampling->err;
    (void)fprintf(err,
                  "Type a beginning, and the model goes on from it; an empty line lets it go "
                  "on from where it is.\n"
                  "Two colons at the start of a line stand for one with which the text begins. "
                  "Ctrl-C ends a text. Settings and their values now, to be changed like "
                  ":temperature 0.6:\n");
    for (size_t i = 0; i < NAMES; i++) {
        const struct option_spec *spec = options_find(s->options->table, names[i]);
        char value[CHARNN_OPTION_TEXT] = "";
        if (spec->type != CHARNN_OPTION_TEXTS) {
            option_value_format(spec, s->sampling->settings, value, sizeof value);
        } else if (s->sampling->settings->stop.count > 0) {
            (void)snprintf(value, sizeof value, "%s", s->sampling->settings->stop.texts[0]);
        }
        (void)fprintf(err, "  :%-19s %s\n", names[i], value);
    }
    (void)fprintf(err, "  :%-19s this\n  :%-19s the end; so is Ctrl-D\n", "help", "quit");
}

/* The option of that name, or NULL where it is none of those. */
static const struct option_spec *find_setting(const struct session *s, const char *name) {
    for (size_t i = 0; i < NAMES; i++) {
        if (strcmp(names[i], name) == 0) {
            return options_find(s->options->table, name);
        }
    }
    return NULL;
}

/* Gives the setting a value, which must outlive it; without one a list or a text becomes empty. */
static enum status set_value(struct session *s, const struct option_spec *spec, const char *value,
                             struct error *error) {
    struct sample_settings *settings = s->sampling->settings;
    bool empty = value[0] == '\0';
    if (spec->type == CHARNN_OPTION_TEXTS || (spec->type == CHARNN_OPTION_STRING && empty)) {
        option_value_set_default(spec, settings);
        if (empty) {
            return CHARNN_OK;
        }
    }
    if (spec->type == CHARNN_OPTION_FLAG && value[0] == '\0') {
        value = "true";
    }
    if (!option_value_set(spec, value, settings)) {
        return option_refuse(s->options->table, spec, ":", value, error);
    }
    return CHARNN_OK;
}

/* Where the new value does not do, all is as it was. */
static enum status change_setting(struct session *s, const struct option_spec *spec,
                                  const char *value, struct error *error) {
    const struct sample_settings before = *s->sampling->settings;
    char *kept;
    if (options_keep_text(s->options, value, &kept, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = set_value(s, spec, kept, error);
    s->fresh = true;
    if (status == CHARNN_OK) {
        status = sampling_configure(s->sampling, s->texts, error);
    }
    if (status != CHARNN_OK) {
        struct error again = {0};
        *s->sampling->settings = before;
        if (sampling_configure(s->sampling, s->texts, &again) != CHARNN_OK) {
            *error = again;
        }
    }
    return status;
}

/* ":NAME VALUE" */
static enum status run_command(struct session *s, char *line, struct error *error) {
    char *name = line + 1;
    char *value = name + strcspn(name, " \t");
    if (*value != '\0') {
        *value++ = '\0';
        value += strspn(value, " \t");
    }
    if (strcmp(name, "quit") == 0) {
        s->ended = true;
        return CHARNN_OK;
    }
    if (strcmp(name, "help") == 0) {
        print_help(s);
        return CHARNN_OK;
    }
    const struct option_spec *spec = find_setting(s, name);
    if (spec == NULL) {
        return error_set(error, CHARNN_ERROR_USAGE, "':%s' is no command; :help lists them", name);
    }
    return change_setting(s, spec, value, error);
}

/* ---- lines that will not do -------------------------------------------------------------------
 */

/* For programs it also counts, for they may not read what a person would. */
static void refuse_line(const struct session *s, const struct error *wrong) {
    struct sampling *sampling = s->sampling;
    if (s->input.terminal) {
        (void)fprintf(sampling->err, "%s\n", wrong->message);
    } else {
        (void)fprintf(sampling->err, "line %zu: %s\n", s->lines, wrong->message);
        sampling->refused++;
    }
}

/* ---- texts ------------------------------------------------------------------------------------
 */

/* For programs, what stands between texts stands after each, so that they know where it ends. */
static enum status end_text(struct session *s, struct error *error) {
    struct sampling *sampling = s->sampling;
    if (!s->input.terminal && sample_texts_separate(&sampling->job, error) != CHARNN_OK) {
        return error->status;
    }
    return text_writer_finish(&sampling->writer, error);
}

/* Writes what follows the prime that is set; Ctrl-C ends it. */
static enum status write_text(struct session *s, struct error *error) {
    const struct sigaction action = {.sa_handler = note_interrupt, .sa_flags = SA_RESTART};
    struct sigaction before;
    interrupted = 0;
    (void)sigaction(SIGINT, &action, &before);
    enum status status = sample_texts_write(&s->sampling->job, error);
    (void)sigaction(SIGINT, &before, NULL);
    return status == CHARNN_OK ? end_text(s, error) : status;
}

/* A new text that begins so; one that cannot is empty. */
static enum status continue_line(struct session *s, const char *line, struct error *error) {
    struct sampling *sampling = s->sampling;
    struct error wrong = {0};
    if (sampling_set_prime(sampling, (const unsigned char *)line, strlen(line), &wrong) !=
        CHARNN_OK) {
        refuse_line(s, &wrong);
        return end_text(s, error);
    }
    generator_restart(sampling->generator, sampling->job.seed, s->texts++, 1);
    s->fresh = false;
    return write_text(s, error);
}

/* The text so far, further. */
static enum status continue_text(struct session *s, struct error *error) {
    s->sampling->job.prime = (struct prime_text){0};
    s->texts += s->fresh;
    s->fresh = false;
    return write_text(s, error);
}

static enum status take_line(struct session *s, char *line, struct error *error) {
    s->lines++;
    if (line[0] == ':' && line[1] != ':') {
        struct error wrong = {0};
        if (run_command(s, line, &wrong) != CHARNN_OK) {
            refuse_line(s, &wrong);
        }
        return CHARNN_OK;
    }
    if (line[0] == '\0') {
        return continue_text(s, error);
    }
    return continue_line(s, line[0] == ':' ? line + 1 : line, error);
}

enum status interactive_run(struct sampling *sampling, struct options *options, FILE *in,
                            struct error *error) {
    bool join_newlines = checkpoint_corpus_format(sampling->checkpoint).unix_newlines;
    struct session s = {.sampling = sampling,
                        .options = options,
                        .input = line_input_start(in, sampling->out, join_newlines),
                        .fresh = true};
    sampling->job.interrupted = &interrupted;
    if (s.input.terminal) {
        (void)fprintf(sampling->err, "Type a beginning; :help tells of more.\n");
    }
    enum status status = CHARNN_OK;
    while (status == CHARNN_OK && !s.ended) {
        char *line;
        status = line_input_next(&s.input, "> ", &line, error);
        s.ended = status == CHARNN_OK && line == NULL;
        if (status == CHARNN_OK && line != NULL) {
            status = take_line(&s, line, error);
        }
    }
    line_input_deinit(&s.input);
    return status;
}
