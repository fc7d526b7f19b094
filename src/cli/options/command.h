/* A command: its command line, described for the help, and one run of it. */
#ifndef CHARNN_CLI_OPTIONS_COMMAND_H
#define CHARNN_CLI_OPTIONS_COMMAND_H

#include "base/error.h"
#include "cli/options/options.h"

#include <stdio.h>

/* A command line and what it does, for the help. */
struct command_example {
    const char *line;
    const char *meaning;
};

struct command_spec {
    const char *name;
    const char *summary;     /* one line */
    const char *sentence;    /* what it does, for --help */
    const char *arguments;   /* for the usage line: "[FILE]..." */
    size_t argument_minimum; /* fewest arguments */
    size_t argument_maximum; /* most arguments */
    const char *description; /* paragraphs, separated by empty lines */
    const struct option_table *options;
    const struct command_example *examples; /* ends with a NULL line; the first three for --help */

    /*
     * Checks that the options fit together, and may derive one setting from others. May be NULL.
     * Called again after options_resume(). Error: CHARNN_ERROR_USAGE.
     */
    enum status (*check)(const struct options *options, void *settings, struct error *error);
};

/* One run of a command. */
struct invocation {
    const struct command_spec *command;
    struct options options;
    void *settings; /* the command's settings struct, filled and checked */
    FILE *out;      /* results; writes must be checked, see cli/terminal/stream.h */
    FILE *err;      /* everything else */
    int signal;     /* set by a command that a signal ended: main exits with 128 + signal */
};

/* A row of the table of commands, which ends with a row without `spec`. */
struct command {
    const struct command_spec *spec;
    enum status (*run)(struct invocation *invocation, struct error *error);
    bool joins_ranks;    /* main joins the ranks (ranks/ranks.h) around it */
    bool checks_kernels; /* `run` calls command_check_kernels(); else main does */
};

/* Whether the first argument is a checkpoint. */
bool command_takes_checkpoint(const struct command_spec *command);

/* The command of that name. Error: CHARNN_ERROR_USAGE, which suggests a similar name. */
CHARNN_MUST_CHECK enum status command_find(const struct command *commands, const char *name,
                                           const struct command **command, struct error *error);

/*
 * Reads a command line whose argv[0] is the command's name into settings and arguments, and checks
 * them; with --help nothing is checked. `out` and `err` are borrowed, argv must outlive the
 * invocation. Released with invocation_deinit(), also after an error. Errors: those of
 * options_parse() and of the command's check.
 */
CHARNN_MUST_CHECK enum status invocation_init(struct invocation *invocation,
                                              const struct command_spec *command, int argc,
                                              char *const argv[], FILE *out, FILE *err,
                                              struct error *error);

/*
 * Replaces each folder that is given as a checkpoint (first argument, options) by a checkpoint in
 * it, and says so on `err`. Errors: those of checkpoint_path_find().
 */
CHARNN_MUST_CHECK enum status invocation_find_checkpoints(struct invocation *invocation,
                                                          struct error *error);

void invocation_deinit(struct invocation *invocation);

#endif
