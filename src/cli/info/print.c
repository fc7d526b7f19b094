#include "cli/info/print.h"

#include "base/json.h"
#include "base/number.h"
#include "base/plural.h"
#include "base/shell.h"
#include "base/text.h"
#include "checkpoint/names.h"
#include "checkpoint/safetensors.h"
#include "cli/info/json.h"
#include "cli/info/row.h"
#include "cli/info/tensors.h"
#include "cli/info/training.h"
#include "cli/info/vocabulary.h"
#include "cli/terminal/format.h"
#include "cli/terminal/wrap.h"

#include <string.h>

static void print_model(FILE *out, const struct checkpoint *checkpoint) {
    char text[CHARNN_FORMAT_SIZE];
    const struct model_shape *shape = checkpoint_shape(checkpoint);
    const char *format = safetensors_metadata(checkpoint_file(checkpoint), CHARNN_KEY_FORMAT);
    const char *version = safetensors_metadata(checkpoint_file(checkpoint), CHARNN_KEY_VERSION);
    (void)fprintf(out, "%s\n", json_label(checkpoint_path(checkpoint)).text);
    info_heading(out, "Model");
    info_row(out, "cell", "%s%s", shape->cell->name, shape->peephole ? " with peepholes" : "");
    info_row(out, "layers", "%zu of %zu unit%s%s", shape->layers, shape->hidden,
             plural_ending(shape->hidden), shape->skip ? " with skip connections" : "");
    if (shape->attention > 0) {
        info_row(out, "attention", "over %zu character%s", shape->attention,
                 plural_ending(shape->attention));
    }
    info_row(out, "parameters", "%s",
             format_count(info_parameter_count(checkpoint_file(checkpoint)), text));
    if (shape->weights != CHARNN_WEIGHTS_F32) {
        info_row(out, "weights", "%s", weight_type_name(shape->weights));
    }
    info_row(out, "file", "format %s%s%s", format, version != NULL ? ", written by charnn " : "",
             version != NULL ? json_label(version).text : "");
}

/* Adds a setting as the option that gives it: --rnn-size 128, --peephole, --no-peephole. */
static void add_setting(struct wrap *wrap, const cJSON *item) {
    char word[256];
    struct text text = text_start(word, sizeof word);
    struct json_label name = json_label(item->string);
    for (char *c = name.text; *c != '\0'; c++) {
        *c = (char)(*c == '_' ? '-' : *c);
    }
    text_add(&text, "--%s%s", cJSON_IsFalse(item) ? "no-" : "", name.text);
    if (cJSON_IsNumber(item)) {
        text_add(&text, " ");
        number_add(&text, item->valuedouble);
    } else if (cJSON_IsString(item)) {
        char value[128];
        struct text escaped = text_start(value, sizeof value);
        shell_add_escaped_word(&escaped, item->valuestring);
        text_add(&text, " %s", json_label(value).text);
    } else if (!cJSON_IsBool(item)) {
        return;
    }
    wrap_add_word(wrap, CHARNN_INFO_MARGIN, word, strlen(word));
}

static void print_settings(FILE *out, const struct checkpoint *checkpoint, size_t width) {
    struct wrap wrap = wrap_start(out, width);
    const cJSON *item;
    info_heading(out, "Settings");
    cJSON_ArrayForEach(item, checkpoint_config(checkpoint)) {
        if (info_is_setting(item->string)) {
            add_setting(&wrap, item);
        }
    }
    wrap_end_line(&wrap);
}

void info_print(FILE *out, const struct checkpoint *checkpoint, size_t width) {
    print_model(out, checkpoint);
    info_print_vocabulary(out, checkpoint_vocab(checkpoint), width);
    print_settings(out, checkpoint, width);
    info_print_training(out, checkpoint);
    info_print_tensors(out, checkpoint_file(checkpoint));
}
