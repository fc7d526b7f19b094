/* The page of --heat-html, compared with what the command reads. */
#include "cli/eval/eval.h"
#include "cli/eval/views.h"
#include "cli/options/outputs.h"

enum status eval_check_page(const struct eval *eval, const struct options *options,
                            struct error *error) {
    static const char option[] = "--heat-html";
    const struct eval_settings *s = eval->settings;
    const char *page = s->heat_html;
    if (page[0] == '\0') {
        return CHARNN_OK;
    }
    if (heat_page_check(page, error) != CHARNN_OK ||
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
