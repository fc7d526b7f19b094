/*
 * Command lines with settings files: any of them gives an error message or settings.
 *
 * An input is the name of a command and its arguments, one per line. The bytes after a NUL are the
 * file for --config.
 */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/options/json.h"
#include "fuzz/input.h"

#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS = 32 };

static void parse(const struct command_spec *command, int argc, char *argv[]) {
    struct error error = {0};
    struct invocation invocation;
    cJSON *json = NULL;
    enum status status = invocation_init(&invocation, command, argc, argv, stdout, stderr, &error);
    input_check(status == CHARNN_OK || strlen(error.message) > 10, "an error message");
    if (status == CHARNN_OK && !invocation.options.help) {
        status = options_to_json(command->options, invocation.settings, &json, &error);
        input_check(status == CHARNN_OK || error.status != CHARNN_OK, "settings as JSON");
        cJSON_Delete(json);
    }
    invocation_deinit(&invocation);
}

int fuzz_input(const uint8_t *data, size_t size) {
    static char config[] = "--config";
    struct error error = {0};
    const struct command *command;
    char *argv[ARGUMENTS + 3];
    int argc = 0;
    json_install_allocator();
    char *text = malloc(size + 1);
    input_check(text != NULL, "memory");
    memcpy(text, data, size);
    text[size] = '\0';
    size_t used = strlen(text);
    char *rest = text;
    for (char *line; argc < ARGUMENTS && (line = strsep(&rest, "\n")) != NULL;) {
        argv[argc++] = line;
    }
    if (used < size && argc > 0) {
        argv[argc++] = config;
        argv[argc++] = (char *)input_file(data + used + 1, size - used - 1);
    }
    argv[argc] = NULL;
    if (argc > 0 && command_find(charnn_commands, argv[0], &command, &error) == CHARNN_OK) {
        parse(command->spec, argc, argv);
    }
    free(text);
    return 0;
}
