#include "base/plural.h"
#include "cli/eval/eval.h"
#include "cli/terminal/format.h"
#include "text/oov.h"

#include <stdio.h>

static const double NOTABLE = 0.01; /* share of a text */

static enum status find_unknown(const struct eval *eval, const struct eval_text *text,
                                struct oov_report *report, struct error *error) {
    return oov_report_make(eval->corpus, text->part, checkpoint_vocab(eval->checkpoint), report,
                           error);
}

/* What messages call a text: its file, or the part. */
static const char *name_of(const struct eval *eval, const struct eval_text *text) {
    return eval->text_count > 1 ? text->name : eval->part_name;
}

enum status eval_check_unknown(const struct eval *eval, struct error *error) {
    bool refuses = eval->settings->unknown == CHARNN_EVAL_UNKNOWN_ERROR;
    for (size_t i = 0; refuses && i < eval->text_count; i++) {
        const struct eval_text *text = &eval->texts[i];
        struct oov_report report;
        if (find_unknown(eval, text, &report, error) != CHARNN_OK) {
            return error->status;
        }
        if (report.count > 0) {
            return error_set(error, CHARNN_ERROR_DATA,
                             "%s%s has %zu character%s not in the vocabulary: %s; use --unknown "
                             "skip to score the rest",
                             eval->text_count > 1 ? "" : "the ", name_of(eval, text), report.count,
                             plural_ending(report.count), report.named);
        }
    }
    return CHARNN_OK;
}

/* Either all out-of-vocabulary characters are skipped, or all are read as the unknown symbol. */
static void note(const struct eval *eval, const struct eval_text *text,
                 const struct oov_report *report) {
    bool skipped = text->result.unknown > 0;
    double share = (double)report->count / (double)(text->part.end - text->part.begin);
    bool several = eval->text_count > 1;
    char percent[CHARNN_FORMAT_SIZE];
    (void)fprintf(eval->err, "charnn eval: %s%s%zu character%s not in the vocabulary %s %s: %s\n",
                  several ? text->name : "", several ? ": " : "", report->count,
                  plural_ending(report->count), report->count == 1 ? "was" : "were",
                  skipped ? "skipped" : "read as the unknown character", report->named);
    if (share > NOTABLE) {
        (void)fprintf(eval->err,
                      "charnn eval: warning: %s of %s%s is not in the vocabulary, and the "
                      "result %s\n",
                      format_percent(share, percent), several ? "" : "the ", name_of(eval, text),
                      skipped ? "describes only the rest" : "counts all such characters as one");
    }
}

enum status eval_note_unknown(struct eval *eval, struct error *error) {
    for (size_t i = 0; i < eval->text_count; i++) {
        struct eval_text *text = &eval->texts[i];
        struct oov_report report;
        if (find_unknown(eval, text, &report, error) != CHARNN_OK) {
            return error->status;
        }
        text->oov = report.count;
        if (report.count > 0) {
            note(eval, text, &report);
        }
    }
    return CHARNN_OK;
}
