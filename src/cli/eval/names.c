/* Names of files, in tables and in JSON. */
#include "base/json.h"
#include "cli/eval/eval.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/symbol_text.h"

#include <string.h>

enum status eval_write_name(FILE *out, const char *name, struct error *error) {
    const unsigned char *bytes = (const unsigned char *)name;
    size_t size = strlen(name);
    enum status status = CHARNN_OK;
    for (size_t offset = 0; status == CHARNN_OK && offset < size;) {
        char text[CHARNN_SYMBOL_TEXT];
        uint32_t code;
        offset += symbol_decode(CHARNN_ENCODING_UTF8, bytes + offset, size - offset, &code);
        status = stream_printf(out, error, "%s", symbol_escaped(code, text));
    }
    return status;
}

enum status eval_end_row(const struct eval *eval, const char *file, struct error *error) {
    if (file != NULL && (stream_write(eval->out, "\t", 1, error) != CHARNN_OK ||
                         eval_write_name(eval->out, file, error) != CHARNN_OK)) {
        return error->status;
    }
    return stream_write(eval->out, "\n", 1, error);
}

enum status eval_add_name(cJSON *json, const char *name, struct error *error) {
    return json_add_string(json, "file", utf8_is_valid(name) ? name : json_label(name).text, error);
}
