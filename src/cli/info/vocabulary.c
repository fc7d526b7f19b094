#include "cli/info/vocabulary.h"

#include "base/plural.h"
#include "checkpoint/vocab_json.h"
#include "cli/info/row.h"
#include "cli/terminal/format.h"
#include "cli/terminal/wrap.h"
#include "text/symbols.h"

#include <string.h>

enum { TERMS = 400 }; /* shown at most */

/* How a symbol is shown in the list. */
struct term {
    char text[24];
};

static bool is_blank(uint32_t code) {
    return code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x202F ||
           code == 0x205F || code == 0x3000;
}

static const char *name_of(uint32_t code) {
    switch (code) {
    case '\n':
        return "newline";
    case '\t':
        return "tab";
    case ' ':
        return "space";
    case CHARNN_SYMBOL_UNKNOWN:
        return "unknown";
    case CHARNN_SYMBOL_END:
        return "end";
    default:
        return NULL;
    }
}

static struct term symbol_term(uint32_t code) {
    struct term term = {""};
    char description[CHARNN_SYMBOL_DESCRIPTION];
    bool visible = symbol_describe(code, description, sizeof description)[0] == '\'';
    if (name_of(code) != NULL) {
        (void)snprintf(term.text, sizeof term.text, "%s", name_of(code));
    } else if (code >= CHARNN_RAW_BYTE) {
        (void)snprintf(term.text, sizeof term.text, "0x%02X", (unsigned)(code - CHARNN_RAW_BYTE));
    } else if (!visible || is_blank(code)) {
        (void)snprintf(term.text, sizeof term.text, "U+%04X", (unsigned)code);
    } else {
        term.text[symbol_encode(code, (unsigned char *)term.text)] = '\0';
    }
    return term;
}

/* Whether the symbol belongs to an order that readers know, so that "a..z" is clear. */
static bool is_ordered(uint32_t code) {
    return (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
           (code >= 'a' && code <= 'z') || code >= 0x80 ||
           (code < 0x20 && code != '\n' && code != '\t');
}

/* Number of symbols from `start` on that have consecutive codes. */
static size_t run_length(const uint32_t *codes, size_t count, size_t start) {
    size_t length = 1;
    while (start + length < count && is_ordered(codes[start + length]) &&
           is_ordered(codes[start]) && codes[start + length] == codes[start] + length) {
        length++;
    }
    return length;
}

void info_print_vocabulary(FILE *out, const struct vocab *vocab, size_t width) {
    const uint32_t *codes = vocab_codes(vocab);
    size_t count = vocab_size(vocab);
    char number[CHARNN_FORMAT_SIZE];
    struct wrap wrap = wrap_start(out, width);
    (void)fprintf(out, "\nVocabulary: %s symbol%s, %s\n", format_count(count, number),
                  plural_ending(count), encoding_name(vocab_encoding(vocab)));
    size_t i = 0;
    for (size_t terms = 0; i < count && terms < TERMS; terms++) {
        size_t length = run_length(codes, count, i);
        char text[2 * sizeof(struct term) + 2];
        if (length > 2) {
            (void)snprintf(text, sizeof text, "%s..%s", symbol_term(codes[i]).text,
                           symbol_term(codes[i + length - 1]).text);
        } else {
            length = 1;
            (void)snprintf(text, sizeof text, "%s", symbol_term(codes[i]).text);
        }
        wrap_add_word(&wrap, CHARNN_INFO_MARGIN, text, strlen(text));
        i += length;
    }
    wrap_end_line(&wrap);
    if (i < count) {
        (void)fprintf(out, "%*sand %s more, which --json lists\n", CHARNN_INFO_MARGIN, "",
                      format_count(count - i, number));
    }
}
