/* `charnn sample --primetext-file`: any text primes the model or gives an error message. */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/sample/settings.h"
#include "fuzz/input.h"

#include <string.h>

int fuzz_input(const uint8_t *data, size_t size) {
    static char *argv[] = {"sample",   "tests/golden/lstm.safetensors",
                           "--length", "3",
                           "--seed",   "1",
                           "--argmax", "--primetext-file",
                           NULL,       NULL};
    enum { ARGC = sizeof argv / sizeof argv[0] - 1 };
    static FILE *out;
    static char written[1 << 16];
    struct error error = {0};
    struct invocation invocation;
    json_install_allocator();
    if (out == NULL) {
        out = fmemopen(written, sizeof written, "w");
        input_check(out != NULL, "a stream");
    }
    rewind(out);
    argv[ARGC - 1] = (char *)input_file(data, size);
    enum status status =
        invocation_init(&invocation, &sample_command, ARGC, argv, out, stderr, &error);
    if (status == CHARNN_OK) {
        status = cmd_sample(&invocation, &error);
    }
    input_check(status == CHARNN_OK || strlen(error.message) > 10, "an error message");
    /* The output is the prime, unchanged, and 3 symbols. */
    long length = ftell(out);
    input_check(status != CHARNN_OK ||
                    (length >= (long)size + 3 && memcmp(written, data, size) == 0),
                "the prime, then the text");
    invocation_deinit(&invocation);
    return 0;
}
