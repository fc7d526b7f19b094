#include "base/text.h"
#include "cli/options/describe.h"
#include "cli/options/escape.h"
#include "cli/options/value.h"
#include "cli/sample/sampling.h"
#include "cli/terminal/line_input.h"

#include <string.h>

/* The settings that commands can change, in the order of :help. */
static const char *const names[] = {
    "length", "stop",  "forbid", "only",  "repetition-penalty", "repetition-window",
    "argmax", "top-k", "top-p",  "min-p", "temperature",        "unknown",
};

enum { NAMES = sizeof names / sizeof names[0] };

struct session {
    struct sampling *sampling;
    struct options *options;
    struct line_input input;
    size_t lines;  /* read so far */
    uint32_t next; /* number of the first text whose random numbers are unused */
    bool fresh;    /* the generator is at the first random number of text `next` */
    bool ended;
};

static volatile sig_atomic_t interrupted;

static void note_interrupt(int number) {
    (void)number;
    interrupted = 1;
}

static void print_help(const struct session *s) {
    const struct sample_settings *settings = s->sampling->settings;
    FILE *err = s->sampling->err;
    (void)fprintf(err, "Type the beginning of a text to have it continued. An empty line continues "
                       "the last text.\n"
                       "Ctrl-C ends a text. To begin a text with a colon, type two colons.\n"
                       "Commands, with the current values of the settings:\n");
    for (size_t i = 0; i < NAMES; i++) {
        const struct option_spec *spec = options_find(s->options->table, names[i]);
        char value[CHARNN_OPTION_TEXT] = "";
        if (spec->type != CHARNN_OPTION_TEXTS) {
            option_value_format(spec, settings, value, sizeof value);
        } else if (settings->stop.count > 0) {
            struct text out = text_start(value, sizeof value);
            text_add_escaped(&out, settings->stop.texts[0], "\\");
        }
        (void)fprintf(err, "  :%-19s %s\n", names[i], value);
    }
    (void)fprintf(err, "  :%-19s show this help\n  :%-19s leave, like Ctrl-D\n", "help", "quit");
}

/* The option `name` if commands can change it, else NULL. */
static const struct option_spec *find_setting(const struct session *s, const char *name) {
    for (size_t i = 0; i < NAMES; i++) {
        if (strcmp(names[i], name) == 0) {
            return options_find(s->options->table, name);
        }
    }
    return NULL;
}

/* Sets an option to a borrowed value. Without a value, texts become empty and a flag is set. */
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
    const char *text = spec->type == CHARNN_OPTION_FLAG && empty ? "true" : value;
    if (option_unescape(s->options, spec, ":", text, &text, error) != CHARNN_OK) {
        return error->status;
    }
    if (!option_value_set(spec, text, settings)) {
        return option_refuse(s->options->table, spec, ":", value, error);
    }
    return CHARNN_OK;
}

/* If the value is refused, the settings stay as they were. */
static enum status change_setting(struct session *s, const struct option_spec *spec,
                                  const char *value, struct error *error) {
    const struct sample_settings before = *s->sampling->settings;
    char *copy;
    if (options_keep_text(s->options, value, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    s->fresh = true;
    if (set_value(s, spec, copy, error) == CHARNN_OK &&
        sampling_configure(s->sampling, s->next, error) == CHARNN_OK) {
        return CHARNN_OK;
    }
    struct error again = {0};
    *s->sampling->settings = before;
    if (sampling_configure(s->sampling, s->next, &again) != CHARNN_OK) {
        *error = again;
    }
    return error->status;
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
        return error_set(error, CHARNN_ERROR_USAGE,
                         "unknown command ':%s'; :help lists the commands", name);
    }
    return change_setting(s, spec, value, error);
}

/* A program that sends the lines may not read messages, so they also count for the exit status. */
static void refuse_line(const struct session *s, const struct error *reason) {
    FILE *err = s->sampling->err;
    if (!s->input.terminal) {
        (void)fprintf(err, "line %zu: ", s->lines);
        s->sampling->refused++;
    }
    (void)fprintf(err, "%s\n", reason->message);
}

/* A program recognizes the end of each text by the separator after it. */
static enum status end_text(struct session *s, struct error *error) {
    struct sampling *sampling = s->sampling;
    if (!s->input.terminal && sampling_separate(sampling, error) != CHARNN_OK) {
        return error->status;
    }
    return sampling_flush(sampling, error);
}

/* Draws what follows the prime, until the text ends or Ctrl-C. */
static enum status draw_text(struct session *s, struct error *error) {
    const struct sigaction action = {.sa_handler = note_interrupt, .sa_flags = SA_RESTART};
    struct sigaction before;
    s->fresh = false;
    interrupted = 0;
    (void)sigaction(SIGINT, &action, &before);
    enum status status = sampling_draw(s->sampling, error);
    (void)sigaction(SIGINT, &before, NULL);
    return status == CHARNN_OK ? end_text(s, error) : status;
}

/* Begins a text. If its prime is refused, the text is empty. */
static enum status begin_text(struct session *s, const char *prime, size_t size,
                              struct error *error) {
    struct sampling *sampling = s->sampling;
    struct error reason = {0};
    if (sampling_set_prime(sampling, (const unsigned char *)prime, size, &reason) != CHARNN_OK) {
        refuse_line(s, &reason);
        return end_text(s, error);
    }
    generator_restart(sampling->generator, sampling->seed, s->next++, 1);
    return draw_text(s, error);
}

/* Continues the last text; after a command, with the random numbers of a new one. */
static enum status continue_text(struct session *s, struct error *error) {
    s->sampling->prime.size = s->sampling->prime.count = 0;
    s->sampling->prime.mark = "";
    s->next += s->fresh;
    return draw_text(s, error);
}

static enum status take_line(struct session *s, char *line, struct error *error) {
    size_t size = s->input.size;
    s->lines++;
    if (size == 0) {
        return continue_text(s, error);
    }
    if (line[0] != ':' || line[1] == ':') {
        size_t escape = line[0] == ':' ? 1 : 0;
        return begin_text(s, line + escape, size - escape, error);
    }
    struct error reason = {0};
    if (strlen(line) < size) {
        (void)error_set(&reason, CHARNN_ERROR_USAGE, "a command cannot hold a NUL byte");
    } else {
        (void)!run_command(s, line, &reason);
    }
    if (reason.status != CHARNN_OK) {
        refuse_line(s, &reason);
    }
    return CHARNN_OK;
}

enum status sampling_interact(struct sampling *s, struct options *options, struct error *error) {
    struct session session = {.sampling = s,
                              .options = options,
                              .input = line_input_start(stdin, s->out, s->format.unix_newlines),
                              .fresh = true};
    s->interrupted = &interrupted;
    if (session.input.terminal) {
        (void)fprintf(s->err, "Type the beginning of a text; :help lists the commands.\n");
    }
    enum status status = CHARNN_OK;
    while (status == CHARNN_OK && !session.ended) {
        char *line;
        status = line_input_next(&session.input, "> ", &line, error);
        if (status != CHARNN_OK || line == NULL) {
            break;
        }
        status = take_line(&session, line, error);
    }
    line_input_deinit(&session.input);
    return status;
}
