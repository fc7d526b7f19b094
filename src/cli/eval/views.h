/* Where the scores of single symbols go, in the order of the text. */
#ifndef CHARNN_CLI_EVAL_SCORE_SINK_H
#define CHARNN_CLI_EVAL_SCORE_SINK_H

#include "infer/scorer.h"

#include <stdio.h>

struct scored_symbol {
    size_t position; /* in what is scored, from 1 */
    size_t line;     /* from 1 */
    const struct symbol_score *score;
    const struct symbol_score *other; /* by the model compared with; NULL without */
};

/* A way to show scores. `close` is called once, whether all went well or not. */
struct score_sink {
    void *context;
    enum status (*add)(void *context, const struct scored_symbol *symbol, struct error *error);
    enum status (*end)(void *context, struct error *error);
    void (*close)(void *context);
};

/* How rows are written: separated by tabs below a row of names, or as JSON, an object a line. */
struct score_format {
    FILE *out;
    bool json;
    const struct vocab *vocab; /* of the model */
    bool against;              /* there is another model to compare with */
};

/*
 * A row for each line, and one for each character. Errors of these and of what they write:
 * CHARNN_ERROR_MEMORY, those of stream_write().
 */
CHARNN_MUST_CHECK enum status line_table_open(const struct score_format *format,
                                              struct score_sink *sink, struct error *error);
CHARNN_MUST_CHECK enum status char_table_open(const struct score_format *format,
                                              struct score_sink *sink, struct error *error);

/*
 * The text in colours on a terminal that takes them; elsewhere each line has one below it with a
 * digit for the level of each character, at its column (cli/terminal/width.h).
 */
CHARNN_MUST_CHECK enum status heat_text_open(FILE *out, struct score_sink *sink,
                                             struct error *error);

/* A page of its own at `path`, in place when all of it is written. Needs details. */
CHARNN_MUST_CHECK enum status heat_page_open(const char *path, const struct vocab *vocab,
                                             struct score_sink *sink, struct error *error);

#endif
