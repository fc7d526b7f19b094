#include "checkpoint/names.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct flat_name flat_name(const char *prefix, const struct parameter *parameter) {
    struct flat_name name;
    assert(strlen(prefix) < CHARNN_PARAMETER_NAME);
    (void)snprintf(name.text, sizeof name.text, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "",
                   parameter->name);
    return name;
}
