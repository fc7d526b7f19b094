#include "cli/options/outputs.h"

#include "base/files/place.h"

#include <string.h>

enum status output_check(const char *option, const char *path, const char *what, const char *input,
                         struct error *error) {
    if (input[0] == '\0' || strcmp(input, "-") == 0 || !place_is_same(path, input)) {
        return CHARNN_OK;
    }
    return error_set(error, CHARNN_ERROR_USAGE,
                     "%s: %s is the same file as the %s %s; name another file", option, path, what,
                     input);
}

enum status output_check_configs(const char *option, const char *path,
                                 const struct options *options, struct error *error) {
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < options->config_count; i++) {
        status = output_check(option, path, "settings file", options->configs[i], error);
    }
    return status;
}
