#include "cli/train/signals.h"

#include "cli/terminal/live_line.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

/* Static, as handlers have no context. */
static struct train_requests requests;
static bool live; /* standard error has a live line */

static void write_text(const char *text, size_t size) {
    (void)!write(STDERR_FILENO, text, size);
}

static void note_save(int number) {
    (void)number;
    requests.save = 1;
}

static void note_stop(int number) {
    static const char clear[] = CHARNN_LIVE_LINE_CLEAR;
    static const char text[] = "\ncharnn train: stopping; the run is saved as of its last whole "
                               "step (a second signal ends it at once, unsaved)\n";
    int before = errno;
    if (live) {
        write_text(clear, sizeof clear - 1);
    }
    if (requests.stop != 0) {
        (void)signal(number, SIG_DFL);
        (void)raise(number); /* takes effect when this handler returns */
        return;
    }
    requests.stop = number;
    write_text(live ? text + 1 : text, sizeof text - 1 - live);
    errno = before;
}

static void handle(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    (void)sigaction(number, &action, NULL);
}

void train_signals_begin(void) {
    handle(SIGUSR1, note_save);
}

void train_signals_watch(bool has_live_line) {
    struct sigaction hangup;
    live = has_live_line;
    handle(SIGINT, note_stop);
    handle(SIGTERM, note_stop);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) {
        handle(SIGHUP, note_stop);
    }
}

struct train_requests *train_signals_requests(void) {
    return &requests;
}
