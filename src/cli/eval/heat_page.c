#include "base/files/atomic_file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/eval/views.h"
#include "cli/terminal/format.h"
#include "cli/terminal/symbol_text.h"

#include <string.h>

enum { SHOWN_ALTERNATIVES = 3, PIECE = 1024, FOCUSED_LEVEL = 4 };

#define BEGINNING "<!DOCTYPE html>\n"
#define RETURN_ARROW "\xE2\x86\xB5"

/* A format: its arguments are the CSS rules for the levels, the model, and a legend. Surprising
 * characters can have the focus, so that keyboard and touch show their details. A mouse shows the
 * details of every character. */
static const char head[] =
    BEGINNING "<html lang=\"en\">\n"
              "<head>\n"
              "<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<title>charnn: surprise, character by character</title>\n"
              "<style>\n"
              ":root { color-scheme: light dark; }\n"
              "body { margin: 1.5em; color: #000; background: #fff; font-family: sans-serif; }\n"
              "h1 { font-size: 1.4em; }\n"
              "pre { font: 15px/1.5 monospace; white-space: pre-wrap; overflow-wrap: anywhere; }\n"
              ".u { color: #888; text-decoration: line-through; }\n"
              ".n { opacity: .6; }\n"
              "[tabindex]:focus::after { content: ' ' attr(title); padding: 0 .5em; color: #fff; "
              "background: #333; white-space: pre; }\n"
              "@media (prefers-color-scheme: dark) { body { color: #ddd; background: #161616; } }\n"
              "%s</style>\n"
              "</head>\n"
              "<body>\n"
              "<h1>Surprise, character by character</h1>\n"
              "<p>Model: %s</p>\n"
              "<p>Surprise in bits, at least:%s</p>\n"
              "<pre>\n";

static enum status write_string(struct heat_page *page, const char *text, struct error *error) {
    return atomic_file_write(page->file, text, strlen(text), error);
}

/* A path in HTML. */
static void escape_path(const char *path, char text[PIECE]) {
    struct json_label label = json_label(path);
    struct text out = text_start(text, PIECE);
    for (const char *c = label.text; *c != '\0'; c++) {
        const char own[] = {*c, '\0'};
        text_add(&out, "%s", *c == '<' ? "&lt;" : *c == '&' ? "&amp;" : own);
    }
}

static enum status write_head(struct heat_page *page, const char *path, struct error *error) {
    char model[PIECE];
    char rules[PIECE];
    char legend[PIECE];
    struct text css = text_start(rules, sizeof rules);
    struct text levels = text_start(legend, sizeof legend);
    for (int level = 1; level < CHARNN_HEAT_LEVELS; level++) {
        text_add(&css,
                 ".h%d { background: %s; }\n"
                 "@media (prefers-color-scheme: dark) { .h%d { background: %s; } }\n",
                 level, heat_colours[level].css, level, heat_colours[level].dark);
        text_add(&levels, " <span class=\"h%d\">&nbsp;%g&nbsp;</span>", level,
                 heat_colours[level].bits);
    }
    escape_path(path, model);
    char text[sizeof head + sizeof rules + sizeof model + sizeof legend];
    (void)snprintf(text, sizeof text, head, rules, model, legend);
    return write_string(page, text, error);
}

/* A symbol in HTML, safe also in a quoted attribute. */
static const char *escape(uint32_t code, char text[CHARNN_SYMBOL_TEXT]) {
    const char *entity = code == '<'    ? "&lt;"
                         : code == '>'  ? "&gt;"
                         : code == '&'  ? "&amp;"
                         : code == '"'  ? "&quot;"
                         : code == '\'' ? "&#39;"
                         : code == '\t' ? "\t"
                                        : NULL;
    return entity != NULL ? entity : symbol_shown(code, text);
}

/* A symbol in a tooltip, with marks for white space. */
static const char *escape_visibly(uint32_t code, char text[CHARNN_SYMBOL_TEXT]) {
    return symbol_ends_line(code) ? RETURN_ARROW
           : code == '\t'         ? "\xE2\x87\xA5"
           : code == ' '          ? "\xE2\x90\xA3"
                                  : escape(code, text);
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
}

enum status heat_page_check(const char *path, struct error *error) {
    return file_begins_otherwise(path, BEGINNING)
               ? error_set(error, CHARNN_ERROR_IO,
                           "%s exists and is not an HTML page; name another file, or remove it",
                           path)
               : CHARNN_OK;
}

enum status heat_page_begin(struct heat_page *page, const char *path,
                            const struct checkpoint *checkpoint, struct error *error) {
    page->vocab = checkpoint_vocab(checkpoint);
    enum status status = atomic_file_create(path, &page->file, error);
    return status == CHARNN_OK ? write_head(page, checkpoint_path(checkpoint), error) : status;
}

/* A surprising end of line has nothing to colour, so an arrow stands before it. */
enum status heat_page_add(struct heat_page *page, const struct scored_symbol *symbol,
                          struct error *error) {
    const struct symbol_score *score = symbol->score;
    bool ends_line = symbol_ends_line(score->code);
    int level = heat_level(score->nats);
    page->nats += score->scored ? score->nats : 0;
    page->scored += score->scored ? 1 : 0;
    page->line_begun = !ends_line;
    if (ends_line && level == 0) {
        return write_string(page, "\n", error);
    }
    char class[64] = "";
    if (level > 0) {
        (void)snprintf(class, sizeof class, " class=\"h%d%s\"%s", level, ends_line ? " n" : "",
                       level >= FOCUSED_LEVEL ? " tabindex=\"0\"" : "");
    }
    char title[PIECE];
    char text[CHARNN_SYMBOL_TEXT];
    char piece[2 * PIECE];
    describe_score(page, score, title);
    (void)snprintf(piece, sizeof piece, "<span%s title=\"%s\">%s</span>%s",
                   score->known ? class : " class=\"u\"", title,
                   ends_line ? RETURN_ARROW : escape(score->code, text), ends_line ? "\n" : "");
    return write_string(page, piece, error);
}

enum status heat_page_end_text(struct heat_page *page, struct error *error) {
    bool line_begun = page->line_begun;
    page->line_begun = false;
    return line_begun ? write_string(page, "\n", error) : CHARNN_OK;
}

enum status heat_page_end(struct heat_page *page, struct error *error) {
    double nats = page->scored > 0 ? page->nats / (double)page->scored : 0;
    char count[CHARNN_FORMAT_SIZE];
    char end[PIECE];
    (void)snprintf(end, sizeof end,
                   "</pre>\n<p>%s characters: %.4f nats or %.4f bits per character</p>\n"
                   "</body>\n</html>\n",
                   format_count(page->scored, count), nats, format_bits(nats));
    enum status status = write_string(page, end, error);
    return status == CHARNN_OK ? atomic_file_commit(page->file, error) : status;
}

void heat_page_deinit(struct heat_page *page) {
    atomic_file_destroy(page->file);
}
