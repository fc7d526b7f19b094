#include "cli/completion/completion.h"

#include "cli/completion/scripts.h"

#include <string.h>

static const struct {
    const char *name;
    void (*print)(FILE *out, const struct command *commands);
} shells[] = {
    {"bash", completion_print_bash},
    {"zsh", completion_print_zsh},
    {"fish", completion_print_fish},
};

enum status completion_print(FILE *out, const char *shell, const struct command *commands,
                             struct error *error) {
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (shell == NULL || strcmp(shells[i].name, shell) == 0) {
            shells[i].print(out, commands);
            return CHARNN_OK;
        }
    }
    return error_set(error, CHARNN_ERROR_USAGE,
                     "--completion: no script for '%s'; name bash, zsh or fish", shell);
}
