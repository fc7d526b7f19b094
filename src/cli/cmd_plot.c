#include "base/files/file.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/plot/folder.h"
#include "cli/plot/settings.h"
#include "cli/plot/views.h"
#include "cli/terminal/terminal.h"

static enum status show(struct invocation *invocation, struct chart *chart, struct error *error) {
    const struct plot_settings *settings = invocation->settings;
    FILE *out = invocation->out;
    if (chart->count == 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "no loss has been logged yet; train logs the first after --print-every "
                         "steps");
    }
    if (settings->svg[0] != '\0') {
        return plot_write_svg(chart, settings->svg, error);
    }
    return plot_print(chart, terminal_width(out), terminal_height(out), terminal_has_colours(out),
                      out, error);
}

/* A folder stands for the log of its run. `log` is initialized in any case. */
static enum status open_log(struct invocation *invocation, const char *name, struct plot_log *log,
                            struct error *error) {
    const struct plot_settings *settings = invocation->settings;
    char path[CHARNN_PATH_LENGTH];
    *log = (struct plot_log){.name = json_label(name)};
    if (plot_find_log(name, path, sizeof path, error) != CHARNN_OK) {
        return error->status;
    }
    if (path[0] != '\0') {
        (void)fprintf(invocation->err, "charnn plot: %s is a folder; using its log %s\n",
                      log->name.text, json_label(path).text);
        name = path;
    }
    return plot_log_init(log, name, settings->bits, error);
}

static bool has_points(const struct plot_log *log) {
    return log->curves[CHARNN_PLOT_TRAINING].count + log->curves[CHARNN_PLOT_VALIDATION].count +
               log->coarse.count >
           0;
}

enum status cmd_plot(struct invocation *invocation, struct error *error) {
    const struct plot_settings *settings = invocation->settings;
    const struct options *options = &invocation->options;
    struct plot_log *logs;
    struct chart chart;
    size_t count = 0;
    enum status status = MEMORY_NEW(&logs, options->argument_count, "learning curves", error);
    while (status == CHARNN_OK && count < options->argument_count) {
        struct plot_log *log = &logs[count];
        status = open_log(invocation, options->arguments[count], log, error);
        count++;
        if (status == CHARNN_OK && options->argument_count > 1 && !has_points(log)) {
            (void)fprintf(invocation->err, "note: %s has no losses yet\n", log->name.text);
        }
    }
    if (status == CHARNN_OK) {
        chart_init(&chart, logs, count, settings->bits);
        status = show(invocation, &chart, error);
    }
    for (size_t i = 0; i < count; i++) {
        plot_log_deinit(&logs[i]);
    }
    memory_free(logs);
    return status;
}
