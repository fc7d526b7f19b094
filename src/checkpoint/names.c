#include "checkpoint/names.h"

#include "checkpoint/safetensors.h"

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

struct tensor_shape_text tensor_shape_text(const size_t *shape, size_t rank) {
    struct tensor_shape_text result = {"["};
    size_t used = 1;
    assert(rank <= CHARNN_SAFETENSORS_RANK);
    for (size_t i = 0; i < rank; i++) {
        used += (size_t)snprintf(result.text + used, sizeof result.text - used, "%s%zu",
                                 i == 0 ? "" : ", ", shape[i]);
    }
    (void)snprintf(result.text + used, sizeof result.text - used, "]");
    return result;
}
