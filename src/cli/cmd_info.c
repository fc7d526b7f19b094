#include "base/json.h"
#include "checkpoint/checkpoint.h"
#include "cli/commands.h"
#include "cli/info/build.h"
#include "cli/info/json.h"
#include "cli/info/print.h"
#include "cli/info/settings.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/terminal.h"

/* `checkpoint` NULL: describes this program. */
static enum status print_json(FILE *out, const struct checkpoint *checkpoint, struct error *error) {
    cJSON *json;
    enum status status = json_create_object(&json, error);
    if (status == CHARNN_OK) {
        status = checkpoint != NULL ? info_describe(checkpoint, json, error)
                                    : build_info_describe(json, error);
    }
    if (status == CHARNN_OK) {
        status = stream_write_json(out, json, error);
    }
    cJSON_Delete(json);
    return status;
}

static enum status print(struct invocation *invocation, const struct checkpoint *checkpoint,
                         struct error *error) {
    const struct info_settings *settings = invocation->settings;
    FILE *out = invocation->out;
    if (settings->json) {
        if (print_json(out, checkpoint, error) != CHARNN_OK) {
            return error->status;
        }
    } else if (checkpoint != NULL) {
        info_print(out, checkpoint, terminal_width(out));
    } else {
        build_info_print(out);
    }
    return stream_flush(out, error);
}

enum status cmd_info(struct invocation *invocation, struct error *error) {
    const struct info_settings *settings = invocation->settings;
    if (settings->build) {
        /* CHARNN_KERNELS may name no usable kernels; the list shows the usable ones. */
        enum status status = print(invocation, NULL, error);
        return status == CHARNN_OK ? command_check_kernels(error) : status;
    }
    if (command_check_kernels(error) != CHARNN_OK) {
        return error->status;
    }
    struct checkpoint *checkpoint;
    enum status status = checkpoint_open(invocation->options.arguments[0], &checkpoint, error);
    if (status == CHARNN_OK) {
        status = print(invocation, checkpoint, error);
    }
    checkpoint_close(checkpoint);
    return status;
}
