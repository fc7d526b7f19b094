#include "cli/manual/roff.h"

#include "base/version.h"

#include <stdbool.h>
#include <string.h>

enum { LINE = 78 }; /* longest line of the source */

/* The character as roff source that prints it unchanged. `text` holds it if it needs no escape. */
static const char *escape(char c, char text[2]) {
    text[0] = c;
    text[1] = '\0';
    return c == '-' ? "\\-" : c == '\\' ? "\\e" : c == '\'' ? "\\(aq" : text;
}

/* Length of the word at the start of `text`, escaped. */
static size_t word_length(const char *text) {
    char buffer[2];
    size_t length = 0;
    for (; *text != '\0' && *text != ' ' && *text != '\n'; text++) {
        length += strlen(escape(*text, buffer));
    }
    return length;
}

/* Text with escapes. An empty line starts a paragraph. `broken`: lines are broken at spaces. */
static void print_text(FILE *out, const char *text, bool broken) {
    size_t column = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (column == 0 && (*c == '.' || *c == '\'')) { /* not a macro */
            (void)fputs("\\&", out);
        }
        if (*c == '\n' || (*c == ' ' && broken && column + 1 + word_length(c + 1) > LINE)) {
            (void)fputs(c[0] == '\n' && c[1] == '\n' ? "\n.PP" : "\n", out);
            column = 0;
        } else {
            char buffer[2];
            const char *source = escape(*c, buffer);
            (void)fputs(source, out);
            column += strlen(source);
        }
    }
}

void roff_print_paragraphs(FILE *out, const char *text) {
    print_text(out, text, true);
    (void)fputc('\n', out);
}

void roff_print(FILE *out, const char *text) {
    print_text(out, text, false);
}

void roff_print_in(FILE *out, char font, const char *text) {
    (void)fprintf(out, "\\f%c", font);
    print_text(out, text, false);
    (void)fputs("\\fR", out);
}

void roff_print_entry(FILE *out, const char *term, const char *text) {
    (void)fputs(".TP\n", out);
    roff_print_in(out, 'B', term);
    (void)fputc('\n', out);
    roff_print_paragraphs(out, text);
}

void roff_print_title(FILE *out, const char *title, const char *name, const char *purpose) {
    (void)fprintf(out, ".TH %s 1 \"%s\" \"charnn %s\" \"User Commands\"\n", title,
                  CHARNN_RELEASE_DATE, CHARNN_VERSION);
    (void)fputs(".nh\n.ad l\n.SH NAME\n", out); /* neither hyphenated nor justified */
    roff_print(out, name);
    (void)fputs(" \\- ", out);
    roff_print_paragraphs(out, purpose);
}
