/*
 * Views of the scores of single symbols: a table of characters or of lines, the text in colours on
 * a terminal or as a page. Each view has a struct (the table of characters needs none) and these
 * functions: _begin() before the first text, _add() for each symbol in the order of its text,
 * _end_text() after the last symbol of a text, _end() after all, and _deinit() also after an error.
 *
 * Errors of these functions: CHARNN_ERROR_MEMORY, those of stream_write() or of the file written.
 */
#ifndef CHARNN_CLI_EVAL_VIEWS_H
#define CHARNN_CLI_EVAL_VIEWS_H

#include "cli/eval/eval.h"
#include "cli/page/page.h"
#include "infer/scorer.h"

struct scored_symbol {
    const char *file; /* the file of its text; NULL if there is only one text */
    size_t position;  /* in the text, from 1 */
    size_t line;      /* from 1 */
    const struct symbol_score *score;
    const struct symbol_score *other; /* score by the model of --against; NULL without it */
};

/* --per-char: a row for each character, tab-separated below a row of names, or as JSON lines. */
CHARNN_MUST_CHECK enum status char_table_begin(const struct eval *eval, struct error *error);
CHARNN_MUST_CHECK enum status
char_table_add(const struct eval *eval, const struct scored_symbol *symbol, struct error *error);

/* --per-line: a row for each line, in the same formats. */
struct line_table {
    const struct eval *eval; /* borrowed; the other members are private */
    size_t number;           /* number of the current line, from 1; 0: the line has no symbol yet */
    const char *file;        /* its file, or NULL */
    size_t characters, unknown;
    double nats, other_nats;
    unsigned char *bytes; /* [size] of the line, without its end */
    size_t size, capacity;
    char *shown; /* the bytes as they are printed */
    size_t shown_capacity;
};

CHARNN_MUST_CHECK enum status line_table_begin(struct line_table *table, const struct eval *eval,
                                               struct error *error);
CHARNN_MUST_CHECK enum status
line_table_add(struct line_table *table, const struct scored_symbol *symbol, struct error *error);
CHARNN_MUST_CHECK enum status line_table_end_text(struct line_table *table, struct error *error);
void line_table_deinit(struct line_table *table);

/* Levels of surprise, in bits, and their colours. */
enum { CHARNN_HEAT_LEVELS = 8 };

struct heat_colour {
    double bits;      /* lower bound of the level */
    int terminal;     /* background, one of xterm's 256 colours */
    const char *css;  /* the same background in a page */
    const char *dark; /* background of white text in a dark page */
};

/* In ascending order; level 0 is shown without a colour. */
extern const struct heat_colour heat_colours[CHARNN_HEAT_LEVELS];

/* The level of a character that costs `nats`. */
int heat_level(double nats);

/* --heat: the text, in colours if the terminal has them. Otherwise a second line below each line of
 * the text has the level of each character as a digit in the same column (cli/terminal/width.h). */
struct heat_text {
    FILE *out; /* borrowed; the other members are private */
    bool colours;
    int level;       /* of the current colour */
    bool line_begun; /* the line has a character */
    char *digits;    /* [size] the line below, without colours */
    size_t size, capacity;
    size_t column; /* of the next character */
    size_t last;   /* index of the last character's digit; SIZE_MAX: no digit */
};

void heat_text_begin(struct heat_text *heat, FILE *out);
CHARNN_MUST_CHECK enum status
heat_text_add(struct heat_text *heat, const struct scored_symbol *symbol, struct error *error);
CHARNN_MUST_CHECK enum status heat_text_end_text(struct heat_text *heat, struct error *error);
void heat_text_deinit(struct heat_text *heat);

/* --heat-html: writes a page, which appears at `path` when it is complete. Needs scores with
 * details (struct scorer_plan). */
struct heat_page {
    struct page page;
    bool line_begun;           /* the line has a character */
    const struct vocab *vocab; /* of the model */
    double nats;               /* of all symbols so far */
    size_t scored;
    size_t room;      /* of the last known symbols, at which the attention may have looked */
    uint32_t *recent; /* [room]; number i of the text is at i % room */
    size_t read;      /* known symbols of the text so far */
};

CHARNN_MUST_CHECK enum status heat_page_begin(struct heat_page *page, const char *path,
                                              const struct checkpoint *checkpoint,
                                              struct error *error);
CHARNN_MUST_CHECK enum status
heat_page_add(struct heat_page *page, const struct scored_symbol *symbol, struct error *error);
CHARNN_MUST_CHECK enum status heat_page_end_text(struct heat_page *page, struct error *error);
CHARNN_MUST_CHECK enum status heat_page_end(struct heat_page *page, struct error *error);
void heat_page_deinit(struct heat_page *page);

#endif
