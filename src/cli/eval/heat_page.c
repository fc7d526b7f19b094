#include "base/atomic_file.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli/eval/heat.h"
#include "cli/eval/score_sink.h"
#include "cli/terminal/format.h"
#include "cli/terminal/symbol_text.h"

#include <string.h>

enum { SHOWN_ALTERNATIVES = 3, PIECE = 512 };

struct heat_page {
    struct atomic_file *file;
    const struct vocab *vocab;
};

#define BEGINNING "<!DOCTYPE html>\n"

static const char head[] =
    BEGINNING "<html lang=\"en\">\n"
              "<head>\n"
              "<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<title>charnn: surprise, character by character</title>\n"
              "<style>\n"
              "body { margin: 1.5em; color: #000; background: #fff; font-family: sans-serif; }\n"
              "pre { font: 15px/1.5 monospace; white-space: pre-wrap; overflow-wrap: anywhere; }\n"
              ".u { color: #888; text-decoration: line-through; }\n"
              ".n { opacity: .6; }\n";

static enum status write_string(struct heat_page *page, const char *text, struct error *error) {
    return atomic_file_write(page->file, text, strlen(text), error);
}

static enum status write_head(struct heat_page *page, struct error *error) {
    enum status status = write_string(page, head, error);
    for (int level = 1; status == CHARNN_OK && level < CHARNN_HEAT_LEVELS; level++) {
        char rule[PIECE];
        (void)snprintf(rule, sizeof rule, ".h%d { background: %s; }\n", level,
                       heat_colours[level].css);
        status = write_string(page, rule, error);
    }
    if (status == CHARNN_OK) {
        status =
            write_string(page, "</style>\n</head>\n<body>\n<p>Bits of surprise, at least:", error);
    }
    for (int level = 1; status == CHARNN_OK && level < CHARNN_HEAT_LEVELS; level++) {
        char item[PIECE];
        (void)snprintf(item, sizeof item, " <span class=\"h%d\">&nbsp;%g&nbsp;</span>", level,
                       heat_colours[level].bits);
        status = write_string(page, item, error);
    }
    return status == CHARNN_OK ? write_string(page, "</p>\n<pre>\n", error) : status;
}

/* A symbol as it may stand in a page, in text and in quotes. */
static const char *escape(uint32_t code, char text[CHARNN_SYMBOL_TEXT]) {
    const char *entity = code == '<'    ? "&lt;"
                         : code == '>'  ? "&gt;"
                         : code == '&'  ? "&amp;"
                         : code == '"'  ? "&quot;"
                         : code == '\'' ? "&#39;"
                                        : NULL;
    return entity != NULL ? entity : symbol_shown(code, text);
}

/* A symbol in a tooltip, where white space could not be told apart. */
static const char *escape_visibly(uint32_t code, char text[CHARNN_SYMBOL_TEXT]) {
    return symbol_ends_line(code) ? "\xE2\x86\xB5"
           : code == '\t'         ? "\xE2\x87\xA5"
           : code == ' '          ? "\xE2\x90\xA3"
                                  : escape(code, text);
}

/* "5.2 bits, rank 12; e 40% a 20% o 9%" */
static void add_title(const struct heat_page *page, const struct symbol_score *score,
                      char piece[PIECE]) {
    int size = snprintf(piece, PIECE, " title=\"%.1f bits, rank %zu;", format_bits(score->nats),
                        score->rank);
    for (size_t i = 0; i < score->alternative_count && i < SHOWN_ALTERNATIVES; i++) {
        char text[CHARNN_SYMBOL_TEXT];
        const struct alternative *alternative = &score->alternatives[i];
        size += snprintf(piece + size, PIECE - (size_t)size, " %s %.0f%%",
                         escape_visibly(vocab_code(page->vocab, alternative->id), text),
                         100 * alternative->probability);
    }
    (void)snprintf(piece + size, PIECE - (size_t)size, "\"");
}

static enum status add(void *context, const struct scored_symbol *symbol, struct error *error) {
    struct heat_page *page = context;
    const struct symbol_score *score = symbol->score;
    char text[CHARNN_SYMBOL_TEXT];
    char title[PIECE] = " title=\"only read\"";
    char piece[2 * PIECE];
    const char *shown = score->code == '\t'             ? "\t"
                        : symbol_ends_line(score->code) ? "\n"
                                                        : escape(score->code, text);
    int level = heat_level(score->nats);
    if (score->scored) {
        add_title(page, score, title);
    } else if (!score->known) {
        (void)snprintf(title, sizeof title, " title=\"not known to the model\"");
    }
    if (symbol_ends_line(score->code) && level > 0) { /* something to colour before the line ends */
        (void)snprintf(piece, sizeof piece, "<span class=\"h%d n\"%s>\xE2\x86\xB5</span>\n", level,
                       title);
    } else if (symbol_ends_line(score->code)) {
        (void)snprintf(piece, sizeof piece, "\n");
    } else if (level > 0) {
        (void)snprintf(piece, sizeof piece, "<span class=\"h%d\"%s>%s</span>", level, title, shown);
    } else {
        (void)snprintf(piece, sizeof piece, "<span%s%s>%s</span>",
                       score->known ? "" : " class=\"u\"", title, shown);
    }
    return write_string(page, piece, error);
}

static enum status end(void *context, struct error *error) {
    struct heat_page *page = context;
    enum status status = write_string(page, "</pre>\n</body>\n</html>\n", error);
    return status == CHARNN_OK ? atomic_file_commit(page->file, error) : status;
}

static void release(void *context) {
    struct heat_page *page = context;
    atomic_file_destroy(page->file);
    memory_free(page);
}

enum status heat_page_open(const char *path, const struct vocab *vocab, struct score_sink *sink,
                           struct error *error) {
    void *memory;
    if (file_begins_otherwise(path, BEGINNING)) {
        return error_set(error, CHARNN_ERROR_IO,
                         "%s is there already and is no page; name another, or remove it", path);
    }
    if (memory_allocate(1, sizeof(struct heat_page), "the page", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct heat_page *page = memory;
    page->vocab = vocab;
    if (atomic_file_create(path, &page->file, error) != CHARNN_OK ||
        write_head(page, error) != CHARNN_OK) {
        release(page);
        return error->status;
    }
    *sink = (struct score_sink){.context = page, .add = add, .end = end, .close = release};
    return CHARNN_OK;
}
