#include "cli/info/tensors.h"

#include "base/json.h"
#include "checkpoint/names.h"
#include "checkpoint/stored.h"
#include "cli/info/row.h"
#include "cli/terminal/width.h"

#include <string.h>

enum { NAME_COLUMN = 44 }; /* widest column of names */

static bool is_parameter(const struct safetensors *file, const char *name) {
    return checkpoint_names_weights(name) && !stored_is_scale(file, name);
}

size_t info_parameter_count(const struct safetensors *file) {
    size_t count = 0;
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct safetensors_tensor *tensor = safetensors_at(file, i);
        count += is_parameter(file, tensor->name) ? tensor->elements : 0;
    }
    return count;
}

/* Length of "optim.exp_avg" in "optim.exp_avg.rnn.bias_ih_l0"; 0 without such a prefix. */
static size_t prefix_length(const char *name) {
    const char *parameter = strstr(name, ".rnn.");
    parameter = parameter != NULL ? parameter : strstr(name, ".decoder.");
    return parameter != NULL ? (size_t)(parameter - name) : 0;
}

/* Number of tensors from `start` on that share prefix and dtype. */
static size_t group_size(const struct safetensors *file, size_t start) {
    const struct safetensors_tensor *first = safetensors_at(file, start);
    size_t prefix = prefix_length(first->name);
    size_t size = 1;
    for (; prefix > 0 && start + size < safetensors_count(file); size++) {
        const struct safetensors_tensor *tensor = safetensors_at(file, start + size);
        if (prefix_length(tensor->name) != prefix || tensor->dtype != first->dtype ||
            strncmp(tensor->name, first->name, prefix) != 0) {
            break;
        }
    }
    return size;
}

/* The name of a tensor, or of a group of several as "optim.exp_avg.*". */
static struct json_label row_name(const struct safetensors *file, size_t i) {
    struct json_label name = json_label(safetensors_at(file, i)->name);
    size_t prefix = prefix_length(name.text);
    if (prefix > 0 && group_size(file, i) > 1) {
        (void)snprintf(name.text + prefix, sizeof name.text - prefix, ".*");
    }
    return name;
}

static size_t label_columns(const struct json_label *label) {
    return text_columns(label->text, strlen(label->text));
}

static size_t name_columns(const struct safetensors *file) {
    size_t columns = 0;
    for (size_t i = 0; i < safetensors_count(file); i += group_size(file, i)) {
        struct json_label name = row_name(file, i);
        size_t length = label_columns(&name);
        columns = length > columns ? length : columns;
    }
    return columns < NAME_COLUMN ? columns : NAME_COLUMN;
}

void info_print_tensors(FILE *out, const struct safetensors *file) {
    size_t columns = name_columns(file);
    info_heading(out, "Tensors");
    size_t size;
    for (size_t i = 0; i < safetensors_count(file); i += size) {
        const struct safetensors_tensor *tensor = safetensors_at(file, i);
        struct json_label name = row_name(file, i);
        size_t length = label_columns(&name);
        size = group_size(file, i);
        (void)fprintf(out, "%*s%s%*s  %-4s  ", CHARNN_INFO_MARGIN, "", name.text,
                      (int)(columns > length ? columns - length : 0), "",
                      safetensors_dtype_name(tensor->dtype));
        if (size > 1) {
            (void)fprintf(out, "%zu tensors, shaped like the model's\n", size);
        } else {
            (void)fprintf(out, "%s\n", tensor_shape_text(tensor->shape, tensor->rank).text);
        }
    }
}
