/* charnn: from the command line to a command's function and back to an exit status. */
#include "base/json.h"
#include "base/memory.h"
#include "base/version.h"
#include "cli/options/command.h"
#include "cli/options/help.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keeps a file that is opened later from becoming a standard stream that was closed. */
static void guard_standard_streams(void) {
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        /* Opened the wrong way round, so that using it is still an error. */
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
                          "charnn %s: --%s is accepted for char-rnn's command lines and has no "
                          "effect here\n",
                          command, options->table->rows[i].name);
        }
    }
}

static enum status run_command(const struct command_spec *command, int argc, char **argv,
                               int *signal_number, struct error *error) {
    struct invocation invocation;
    enum status status = invocation_init(&invocation, command, argc, argv, stdout, stderr, error);
    if (status == CHARNN_OK && invocation.options.help) {
        help_print_command(stdout, command, terminal_width(stdout));
    } else if (status == CHARNN_OK) {
        report_ignored(&invocation.options, command->name);
        status = command->run(&invocation, error);
    }
    *signal_number = invocation.signal;
    invocation_deinit(&invocation);
    return status;
}

static bool is_option(const char *argument, const char *name, const char *letter) {
    if (strcmp(argument, letter) == 0) {
        return true;
    }
    return argument[0] == '-' && strcmp(argument + (argument[1] == '-' ? 2 : 1), name) == 0;
}

static void report_error(const struct command_spec *command, const struct error *error) {
    if (error->message[0] != '\0') {
        (void)fprintf(stderr, "charnn%s%s: %s\n", command != NULL ? " " : "",
                      command != NULL ? command->name : "", error->message);
    }
}

/* A file that is mapped has lost its end; anything else of that signal comes again, and ends the
 * program as it would without this. */
static void end_for_lost_bytes(int signal_number, siginfo_t *about, void *context) {
    static const char message[] =
        "charnn: a file that is being read was made shorter by another program, or its disk fails; "
        "start again, or resume, when it is whole\n";
    (void)signal_number;
    (void)context;
    if (about->si_code != BUS_ADRERR) {
        return;
    }
    ssize_t put = write(STDERR_FILENO, message, sizeof message - 1);
    (void)put;
    _exit(EXIT_FAILURE);
}

int main(int argc, char **argv) {
    struct error error = {0};
    const struct command_spec *command = NULL;
    int signal_number = 0;
    enum status status = CHARNN_OK;

    memory_begin();
    guard_standard_streams();
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of the write, */
    (void)signal(SIGXFSZ, SIG_IGN); /* and so is a file beyond ulimit -f */
    (void)sigaction(SIGBUS,
                    &(struct sigaction){.sa_sigaction = end_for_lost_bytes,
                                        .sa_flags = (int)(SA_SIGINFO | SA_RESETHAND)},
                    NULL);
    json_install_allocator();

    if (argc < 2) {
        status = error_set(&error, CHARNN_ERROR_USAGE, "a command is missing; see 'charnn --help'");
    } else if (is_option(argv[1], "help", "-h")) {
        help_print_program(stdout, terminal_width(stdout));
    } else if (is_option(argv[1], "version", "-V")) {
        (void)puts("charnn " CHARNN_VERSION);
    } else {
        status = command_find(argv[1], &command, &error);
        if (status == CHARNN_OK && !command->checks_kernels) {
            status = command_check_kernels(&error);
        }
        if (status == CHARNN_OK) {
            status = run_command(command, argc - 1, argv + 1, &signal_number, &error);
        }
    }

    if (status != CHARNN_OK) {
        report_error(command, &error);
    }
    struct error closing = {0};
    if (stream_close(stdout, &closing) != CHARNN_OK && status == CHARNN_OK) {
        status = closing.status;
        report_error(command, &closing);
    }
    return signal_number != 0 ? 128 + signal_number : status_exit_code(status);
}
