#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/eval/views.h"
#include "cli/terminal/format.h"

#include <stdio.h>

enum { SHOWN_ALTERNATIVES = 3, PIECE = 1024, FOCUSED_LEVEL = 4, SHOWN_LOOK = 10 };

#define RETURN_ARROW "\xE2\x86\xB5"

/* Surprising characters can have the focus, so that keyboard and touch show their details. A mouse
 * shows the details of every character. */
static const char style[] =
    ".u { color: #888; text-decoration: line-through; }\n"
    ".n { opacity: .6; }\n"
    "[tabindex]:focus::after { content: ' ' attr(title); padding: 0 .5em; color: #fff; background: "
    "#333; white-space: pre; }\n";

static void make_rules(char rules[sizeof style + PIECE]) {
    struct text css = text_start(rules, sizeof style + PIECE);
    text_add(&css, "%s", style);
    for (int level = 1; level < CHARNN_HEAT_LEVELS; level++) {
        text_add(&css,
                 ".h%d { background: %s; }\n"
                 "@media (prefers-color-scheme: dark) { .h%d { background: %s; } }\n",
                 level, heat_colours[level].css, level, heat_colours[level].dark);
    }
}

static void write_head(struct page *page, const char *path) {
    char model[CHARNN_PAGE_PATH];
    page_escape_path(path, model);
    page_put(page, "<p>Model: %s</p>\n<p>Surprise in bits, at least:", model);
    for (int level = 1; level < CHARNN_HEAT_LEVELS; level++) {
        page_put(page, " <span class=\"h%d\">&nbsp;%g&nbsp;</span>", level,
                 heat_colours[level].bits);
    }
    page_write(page, "</p>\n<pre>\n");
}

/* A symbol in a tooltip, with marks for white space. */
static const char *escape_visibly(uint32_t code, char text[CHARNN_SYMBOL_TEXT]) {
    return symbol_ends_line(code) ? RETURN_ARROW
           : code == '\t'         ? "\xE2\x87\xA5"
           : code == ' '          ? "\xE2\x90\xA3"
                                  : page_escape_symbol(code, text);
}

/* "; looks 24 back, at confi (61%)": the end of what had been read there. */
static void add_look(const struct heat_page *page, const struct symbol_score *score,
                     struct text *out) {
    size_t end = page->read - score->look; /* after the symbol that it looked at */
    text_add(out, "; looks %zu back, at ", score->look);
    for (size_t i = end < SHOWN_LOOK ? 0 : end - SHOWN_LOOK; i < end; i++) {
        char text[CHARNN_SYMBOL_TEXT];
        text_add(out, "%s", escape_visibly(page->recent[i % page->room], text));
    }
    text_add(out, " (%.0f%%)", 100 * score->look_weight);
}

/* "5.2 bits, rank 12; e 40% a 20% o 9%" */
static void describe_score(const struct heat_page *page, const struct symbol_score *score,
                           char title[PIECE]) {
    struct text out = text_start(title, PIECE);
    if (!score->scored) {
        text_add(&out, score->known ? "first character: not scored" : "not in the vocabulary");
        return;
    }
    text_add(&out, "%.1f bits, rank %zu;", format_bits(score->nats), score->rank);
    for (size_t i = 0; i < score->alternative_count && i < SHOWN_ALTERNATIVES; i++) {
        char text[CHARNN_SYMBOL_TEXT];
        const struct alternative *alternative = &score->alternatives[i];
        text_add(&out, " %s %.0f%%", escape_visibly(vocab_code(page->vocab, alternative->id), text),
                 100 * alternative->probability);
    }
    if (score->look > 0) {
        add_look(page, score, &out);
    }
}

enum status heat_page_begin(struct heat_page *page, const char *path,
                            const struct checkpoint *checkpoint, struct error *error) {
    char rules[sizeof style + PIECE];
    make_rules(rules);
    page->vocab = checkpoint_vocab(checkpoint);
    page->room = checkpoint_shape(checkpoint)->attention + SHOWN_LOOK;
    enum status status = MEMORY_NEW(&page->recent, page->room, "the recent characters", error);
    if (status == CHARNN_OK) {
        status = page_create(&page->page, path, "Surprise, character by character", rules, error);
    }
    if (status == CHARNN_OK) {
        write_head(&page->page, checkpoint_path(checkpoint));
    }
    return error->status;
}

/* A surprising end of line has nothing to colour, so an arrow stands before it. */
static void write_symbol(struct heat_page *page, const struct symbol_score *score) {
    bool ends_line = symbol_ends_line(score->code);
    int level = heat_level(score->nats);
    if (ends_line && level == 0) {
        page_write(&page->page, "\n");
        return;
    }
    char class[64] = "";
    if (level > 0) {
        (void)snprintf(class, sizeof class, " class=\"h%d%s\"%s", level, ends_line ? " n" : "",
                       level >= FOCUSED_LEVEL ? " tabindex=\"0\"" : "");
    }
    char title[PIECE];
    char text[CHARNN_SYMBOL_TEXT];
    describe_score(page, score, title);
    page_put(&page->page, "<span%s title=\"%s\">%s</span>%s", score->known ? class : " class=\"u\"",
             title, ends_line ? RETURN_ARROW : page_escape_symbol(score->code, text),
             ends_line ? "\n" : "");
}

enum status heat_page_add(struct heat_page *page, const struct scored_symbol *symbol,
                          struct error *error) {
    const struct symbol_score *score = symbol->score;
    page->nats += score->scored ? score->nats : 0;
    page->scored += score->scored ? 1 : 0;
    page->line_begun = !symbol_ends_line(score->code);
    write_symbol(page, score);
    if (score->known) {
        page->recent[page->read++ % page->room] = score->code;
    }
    return error->status;
}

enum status heat_page_end_text(struct heat_page *page, struct error *error) {
    bool line_begun = page->line_begun;
    page->line_begun = false;
    page->read = 0;
    page_write(&page->page, line_begun ? "\n" : "");
    return error->status;
}

enum status heat_page_end(struct heat_page *page, struct error *error) {
    double nats = page->scored > 0 ? page->nats / (double)page->scored : 0;
    char count[CHARNN_FORMAT_SIZE];
    page_put(&page->page, "</pre>\n<p>%s characters: %.4f nats or %.4f bits per character</p>\n",
             format_count(page->scored, count), nats, format_bits(nats));
    (void)error; /* the page has it */
    return page_commit(&page->page);
}

void heat_page_deinit(struct heat_page *page) {
    page_deinit(&page->page);
    memory_free(page->recent);
}
