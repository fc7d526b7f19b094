/* The names of the files that a run makes in its folder. */
#include "cli/train/run.h"

#include <string.h>

/* What follows the prefix of the --savefile; NULL if `name` does not begin with the prefix. */
static const char *after_prefix(const char *name, const char *savefile) {
    size_t length = strlen(savefile);
    if (length == 0) {
        return name;
    }
    return strncmp(name, savefile, length) == 0 && name[length] == '-' ? name + length + 1 : NULL;
}

bool train_owns_name(const struct train_settings *s, const char *name) {
    const char *rest = name[0] == '.' ? after_prefix(name + 1, s->savefile) : NULL;
    if (rest != NULL && (strcmp(rest, "scheduled-last.safetensors") == 0 ||
                         strcmp(rest, "scheduled-best.safetensors") == 0)) {
        return true;
    }
    rest = after_prefix(name, s->savefile);
    if (rest == NULL) {
        return false;
    }
    if (strncmp(rest, "step-", 5) == 0) {
        return strcmp(rest + 5 + strspn(rest + 5, "0123456789"), ".safetensors") == 0;
    }
    return strcmp(rest, "last.safetensors") == 0 || strcmp(rest, "best.safetensors") == 0;
}

enum status train_hidden_name(const struct train_settings *s, const char *of,
                              char name[CHARNN_TRAIN_NAME], struct error *error) {
    int length = snprintf(name, CHARNN_TRAIN_NAME, ".%s%s%s", s->savefile,
                          s->savefile[0] != '\0' ? "-" : "", of);
    return length >= 0 && length < CHARNN_TRAIN_NAME
               ? CHARNN_OK
               : error_set(error, CHARNN_ERROR_USAGE, "--savefile: the prefix is too long");
}
