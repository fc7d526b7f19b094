/* charnn: from the command line to a command's function and back to an exit status. */
#include "base/json.h"
#include "base/machine/denormals.h"
#include "base/memory.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/options/help.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/terminal.h"
#include "ranks/ranks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The next file that is opened would get the descriptor of a closed standard stream. */
static void guard_standard_streams(void) {
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        /* Opened in the wrong direction, so that using it still fails. */
        int mode = descriptor == 0 ? O_WRONLY : O_RDONLY;
        if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) {
            (void)open("/dev/null", mode);
        }
    }
}

static void report_ignored(const struct options *options, const char *command) {
    for (size_t i = 0; i < options->table->count; i++) {
        if (options_ignored(options, i)) {
            (void)fprintf(stderr,
                          "charnn %s: --%s is accepted for compatibility with char-rnn and has no "
                          "effect\n",
                          command, options->table->rows[i].name);
        }
    }
}

static enum status run_command(const struct command *command, int argc, char **argv,
                               int *signal_number, struct error *error) {
    struct invocation invocation;
    if (!command->checks_kernels && ranks_agree(command_check_kernels(error), error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = ranks_agree(
        invocation_init(&invocation, command->spec, argc, argv, stdout, stderr, error), error);
    if (status == CHARNN_OK && invocation.options.help_all) {
        help_print_command_in_full(stdout, command->spec, terminal_width(stdout));
    } else if (status == CHARNN_OK && invocation.options.help) {
        help_print_command(stdout, command->spec, terminal_width(stdout));
    } else if (status == CHARNN_OK) {
        report_ignored(&invocation.options, command->spec->name);
        status = ranks_agree(invocation_find_checkpoints(&invocation, error), error);
        if (status == CHARNN_OK) {
            status = command->run(&invocation, error);
        }
    }
    *signal_number = invocation.signal;
    invocation_deinit(&invocation);
    return status;
}

/* Runs a command alone or, if it can and was started so, as one of several ranks. */
static enum status run_as_rank(const struct command *command, int argc, char **argv,
                               int *signal_number, struct error *error) {
    return command->joins_ranks && ranks_begin(error) != CHARNN_OK
               ? error->status
               : run_command(command, argc, argv, signal_number, error);
}

static bool is_option(const char *argument, const char *name, const char *letter) {
    if (strcmp(argument, letter) == 0) {
        return true;
    }
    return argument[0] == '-' && strcmp(argument + (argument[1] == '-' ? 2 : 1), name) == 0;
}

static void report_error(const struct command *command, const struct error *error) {
    if (error->message[0] != '\0') {
        (void)fprintf(stderr, "charnn%s%s: %s\n", command != NULL ? " " : "",
                      command != NULL ? command->spec->name : "", error->message);
    }
}

/* SIGBUS: a mapped file was truncated. With any other cause the handler returns, and the signal
 * comes again with its default action (SA_RESETHAND). */
static void exit_on_truncated_file(int signal_number, siginfo_t *info, void *context) {
    static const char message[] = "charnn: a file was truncated while it was read, or its disk "
                                  "failed; restart or resume when the file is complete\n";
    (void)signal_number;
    (void)context;
    if (info->si_code != BUS_ADRERR) {
        return;
    }
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    _exit(EXIT_FAILURE);
}

static void set_up_signals(void) {
    (void)signal(SIGPIPE, SIG_IGN); /* a write to a closed pipe then fails, */
    (void)signal(SIGXFSZ, SIG_IGN); /* and so does a write beyond ulimit -f */
    (void)sigaction(SIGBUS,
                    &(struct sigaction){.sa_sigaction = exit_on_truncated_file,
                                        .sa_flags = (int)(SA_SIGINFO | SA_RESETHAND)},
                    NULL);
}

static enum status run(int argc, char **argv, const struct command **command, int *signal_number,
                       struct error *error) {
    if (argc < 2) {
        return error_set(error, CHARNN_ERROR_USAGE, "a command is missing; see 'charnn --help'");
    }
    bool help = is_option(argv[1], "help", "-h");
    bool version = is_option(argv[1], "version", "-V");
    if (argc > 2 && version) {
        return error_set(error, CHARNN_ERROR_USAGE, "unexpected argument '%s' after %s", argv[2],
                         argv[1]);
    }
    if (version) {
        (void)puts("charnn " CHARNN_VERSION);
        return CHARNN_OK;
    }
    if (help && argc == 2) {
        help_print_program(stdout, charnn_commands, terminal_width(stdout));
        return CHARNN_OK;
    }
    return command_find(charnn_commands, help ? "help" : argv[1], command, error) == CHARNN_OK
               ? run_as_rank(*command, argc - 1, argv + 1, signal_number, error)
               : error->status;
}

int main(int argc, char **argv) {
    struct error error = {0};
    const struct command *command = NULL;
    int signal_number = 0;

    denormals_flush(); /* first: threads inherit it */
    memory_begin();
    guard_standard_streams();
    set_up_signals();
    json_install_allocator();

    enum status status = run(argc, argv, &command, &signal_number, &error);
    if (status != CHARNN_OK) {
        report_error(command, &error);
    }
    if (argc < 2) {
        help_print_usage(stderr, charnn_commands, terminal_width(stderr));
    }
    struct error closing = {0};
    if (stream_close(stdout, &closing) != CHARNN_OK && status == CHARNN_OK) {
        status = closing.status;
        report_error(command, &closing);
    }
    ranks_end(); /* last: a launcher kills the other ranks when one ends with an error */
    return signal_number != 0 ? 128 + signal_number : status_exit_code(status);
}
