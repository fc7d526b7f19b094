/* A page to be written, compared with what the command reads. */
#include "cli/eval/eval.h"
#include "cli/options/outputs.h"
#include "cli/page/page.h"

enum status eval_check_page(const struct eval *eval, const char *option, const char *page,
                            const struct options *options, struct error *error) {
    const struct eval_settings *s = eval->settings;
    if (page[0] == '\0') {
        return CHARNN_OK;
    }
    if (page_check(page, error) != CHARNN_OK ||
        output_check(option, page, "checkpoint", options->arguments[0], error) != CHARNN_OK ||
        output_check(option, page, "checkpoint", s->against, error) != CHARNN_OK ||
        output_check(option, page, "corpus", s->copy_check, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < corpus_file_count(eval->corpus); i++) {
        status = output_check(option, page, "text", corpus_file(eval->corpus, i), error);
    }
    return status;
}
