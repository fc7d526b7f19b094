#include "cli/commands.h"
#include "cli/inspect/inspect.h"
#include "cli/terminal/stream.h"

static enum status print(const struct inspect *inspect, struct error *error) {
    enum status status = inspect->settings->json ? inspect_print_json(inspect, error)
                                                 : inspect_print(inspect, error);
    return status == CHARNN_OK ? stream_flush(inspect->eval.out, error) : status;
}

/* The page is first: without it, no result. */
enum status cmd_inspect(struct invocation *invocation, struct error *error) {
    const struct inspect_settings *settings = invocation->settings;
    const struct eval_settings text = {
        .split = invocation->options.argument_count < 2 ? CHARNN_SPLIT_VAL : CHARNN_SPLITS,
        .join = true,
        .against = "",
        .copy_check = ""};
    struct inspect inspect = {.settings = settings,
                              .eval = {.command = "inspect",
                                       .settings = &text,
                                       .out = invocation->out,
                                       .err = invocation->err}};
    enum status status = inspect_record(&inspect, &invocation->options, error);
    if (status == CHARNN_OK) {
        status = inspect_measure_reach(&inspect, error);
    }
    if (status == CHARNN_OK && settings->html[0] != '\0') {
        status = inspect_write_page(&inspect, error);
    }
    if (status == CHARNN_OK) {
        status = print(&inspect, error);
    }
    inspect_deinit(&inspect);
    return status;
}
