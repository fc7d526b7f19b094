/*
 * Commands: one row per subcommand, and the little that a command's function is given.
 */
#ifndef CHARNN_CLI_OPTIONS_COMMAND_H
#define CHARNN_CLI_OPTIONS_COMMAND_H

#include "base/error.h"
#include "cli/options/options.h"

#include <stddef.h>
#include <stdio.h>

struct command_spec;

/* One run of a command. */
struct invocation {
    const struct command_spec *command;
    struct options options; /* with the arguments that are no options */
    void *settings;         /* the command's settings struct, filled and checked */
    FILE *out;              /* results; writes to it must be checked, see cli/terminal/stream.h */
    FILE *err;              /* everything else */
    int signal;             /* set by a command that a signal ended: main exits with 128 + it */
};

/* A command line and what it does, for the help. */
struct command_example {
    const char *line;
    const char *meaning;
};

struct command_spec {
    const char *name;
    const char *summary;     /* one line */
    const char *arguments;   /* what is no option, for the usage line: "[FILE]..." */
    size_t argument_minimum; /* how many of them there must be */
    size_t argument_maximum;
    const char *description; /* paragraphs, with an empty line between them */
    const struct option_table *options;
    const struct command_example *examples;
    size_t example_count;

    /*
     * What one row cannot check: whether options fit together, with the error
     * CHARNN_ERROR_USAGE; may also derive one field from others. NULL: nothing to check. To be
     * called again after options_resume().
     */
    enum status (*check)(const struct options *options, void *settings, struct error *error);
    /* Its `run` calls command_check_kernels(); else that is done before `check`. */
    bool checks_kernels;
    enum status (*run)(struct invocation *invocation, struct error *error);
};

/* The commands, each in its NAME_options.c but for train_command.c, and the functions, each in its
 * cmd_NAME.c. */
extern const struct command_spec train_command;
extern const struct command_spec sample_command;
extern const struct command_spec eval_command;
extern const struct command_spec info_command;
extern const struct command_spec help_command;

CHARNN_MUST_CHECK enum status cmd_train(struct invocation *invocation, struct error *error);
CHARNN_MUST_CHECK enum status cmd_sample(struct invocation *invocation, struct error *error);
CHARNN_MUST_CHECK enum status cmd_eval(struct invocation *invocation, struct error *error);
CHARNN_MUST_CHECK enum status cmd_info(struct invocation *invocation, struct error *error);
CHARNN_MUST_CHECK enum status cmd_help(struct invocation *invocation, struct error *error);

/*
 * Whether there are kernels to compute with: CHARNN_ERROR_USAGE where the environment variable
 * CHARNN_KERNELS names none that this program has and this processor supports. Nothing may touch a
 * model before.
 */
CHARNN_MUST_CHECK enum status command_check_kernels(struct error *error);

/* The i-th command in the order of the help, or NULL. */
const struct command_spec *command_at(size_t i);

/* The command of that name. Error: CHARNN_ERROR_USAGE, with the nearest name where one is near. */
CHARNN_MUST_CHECK enum status command_find(const char *name, const struct command_spec **command,
                                           struct error *error);

/*
 * Reads a command line whose argv[0] is the command's name: settings, arguments and checks.
 * With --help nothing is checked. `out` and `err` are borrowed, argv must outlive the invocation.
 * Released with invocation_deinit(), also after an error.
 */
CHARNN_MUST_CHECK enum status invocation_init(struct invocation *invocation,
                                              const struct command_spec *command, int argc,
                                              char *const argv[], FILE *out, FILE *err,
                                              struct error *error);

void invocation_deinit(struct invocation *invocation);

#endif
