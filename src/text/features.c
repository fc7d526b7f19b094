#include "text/features.h"

#include "text/letters.h"
#include "text/symbols.h"

#include <assert.h>
#include <string.h>

_Static_assert((int)CHARNN_FEATURE_COUNT <= (int)CHARNN_FEATURE_ROW, "a row holds all features");

#define ROW(name, label, graded, meaning) {label, meaning, graded},
const struct feature features[CHARNN_FEATURE_COUNT] = {CHARNN_FEATURES(ROW)};
#undef ROW

enum comment { NO_COMMENT, LINE_COMMENT, BLOCK_COMMENT };

enum { LEFT_QUOTE = 0x201C, RIGHT_QUOTE = 0x201D, NAME_MOST = 40 };

/* The text before a symbol; updated by each. */
struct scanner {
    const uint32_t *codes; /* [count] */
    size_t count, at;
    size_t record, line, paragraph, sentence, word; /* positions: symbols, lines, letters */
    size_t indentation;
    bool indenting;      /* only blanks in the line yet */
    bool directive;      /* the line begins with # */
    size_t speaker_left; /* symbols of a speaker's name to come */
    bool quoted;
    enum comment comment;
    size_t round, square, braces; /* open brackets */
    bool after_if;                /* only blanks since the word if */
    size_t condition;             /* parentheses that are open after an if, inner ones included */
    bool sentence_ended;
};

/* The symbol `back` before the current one; 0 before the start. */
static uint32_t before(const struct scanner *s, size_t back) {
    return s->at >= back ? s->codes[s->at - back] : 0;
}

/* Whether the current symbol is a character constant of C, such as '"'. */
static bool is_constant(const struct scanner *s) {
    return before(s, 1) == '\'' && s->at + 1 < s->count && s->codes[s->at + 1] == '\'';
}

/* The length of a speaker's name with its colon, if one is all of the line that begins here. */
static size_t speaker_length(const struct scanner *s) {
    size_t length = 0;
    size_t left = s->count - s->at;
    const uint32_t *line = s->codes + s->at;
    if (!code_is_capital(line[0])) {
        return 0;
    }
    while (length < left && length < NAME_MOST &&
           (code_is_letter(line[length]) || line[length] == ' ' || line[length] == '\'')) {
        length++;
    }
    bool ends = length + 1 < left && line[length] == ':' && symbol_ends_line(line[length + 1]);
    return ends ? length + 1 : 0;
}

static void scan_line(struct scanner *s, uint32_t code) {
    if (symbol_ends_line(before(s, 1)) || s->at == 0) {
        s->line = s->indentation = 0;
        s->indenting = true;
        s->directive = false;
        s->speaker_left = speaker_length(s);
    } else if (s->speaker_left > 0) {
        s->speaker_left--;
    }
    if (code == '\n') {
        s->paragraph = s->line == 0 ? 0 : s->paragraph + 1;
        s->line = 0;
        s->indenting = false;
        return;
    }
    s->line++;
    s->directive = s->directive || (s->indenting && code == '#');
    s->indenting = s->indenting && code_is_blank(code);
    s->indentation += s->indenting;
}

/* Quotes end with a paragraph, so that a stray one does no more harm. */
static void scan_quotes(struct scanner *s, uint32_t code) {
    bool blank_line = code == '\n' && before(s, 1) == '\n';
    bool plain = code == '"' && before(s, 1) != '\\' && !is_constant(s);
    if (s->quoted) {
        s->quoted = !plain && code != RIGHT_QUOTE && !blank_line;
    } else {
        s->quoted = plain || code == LEFT_QUOTE;
    }
}

/* Two slashes after a colon are of an address. */
static void scan_comment(struct scanner *s, uint32_t code) {
    uint32_t last = before(s, 1);
    if (s->comment == LINE_COMMENT) {
        s->comment = code == '\n' ? NO_COMMENT : LINE_COMMENT;
    } else if (s->comment == BLOCK_COMMENT) {
        s->comment = code == '/' && last == '*' ? NO_COMMENT : BLOCK_COMMENT;
    } else if (!s->quoted && last == '/' && before(s, 2) != ':') {
        s->comment = code == '*' ? BLOCK_COMMENT : code == '/' ? LINE_COMMENT : NO_COMMENT;
    }
}

static void count_bracket(uint32_t code, uint32_t opens, uint32_t closes, size_t *open) {
    *open += code == opens;
    *open -= code == closes && *open > 0;
}

static void scan_brackets(struct scanner *s, uint32_t code) {
    if (is_constant(s)) {
        return;
    }
    if (s->condition > 0 || (s->after_if && code == '(')) {
        count_bracket(code, '(', ')', &s->condition);
    }
    count_bracket(code, '(', ')', &s->round);
    count_bracket(code, '[', ']', &s->square);
    count_bracket(code, '{', '}', &s->braces);
}

static void scan_word(struct scanner *s, uint32_t code) {
    bool letter = code_is_letter(code);
    s->after_if = code_is_blank(code) && s->after_if;
    s->word = letter ? s->word + 1 : 0;
    bool ends = code == '.' || code == '!' || code == '?';
    s->sentence_ended = ends || (s->sentence_ended && !letter && !code_is_digit(code));
    s->sentence = s->sentence_ended ? 0 : s->sentence + 1;
}

static void scan(struct scanner *s, uint32_t code) {
    bool ends_if =
        s->word == 2 && before(s, 1) == 'f' && before(s, 2) == 'i' && before(s, 3) != '_';
    s->record++;
    scan_line(s, code);
    scan_comment(s, code);
    if (s->comment == NO_COMMENT) {
        s->after_if = s->after_if || ends_if;
        scan_quotes(s, code);
        if (!s->quoted) {
            scan_brackets(s, code);
        }
    }
    scan_word(s, code);
}

static unsigned char graded(size_t count) {
    return (unsigned char)(count < CHARNN_FEATURE_MOST ? count : CHARNN_FEATURE_MOST);
}

static bool is_vowel(uint32_t code) {
    return code < 0x80 && code != 0 && strchr("aeiouAEIOU", (int)code) != NULL;
}

static void fill(const struct scanner *s, uint32_t code, unsigned char *row) {
    row[CHARNN_FEATURE_LINE_POSITION] = graded(s->line);
    row[CHARNN_FEATURE_LINE_END] = symbol_ends_line(code);
    row[CHARNN_FEATURE_INDENTATION] = s->indenting && code_is_blank(code);
    row[CHARNN_FEATURE_INDENTATION_WIDTH] = graded(s->indentation);
    row[CHARNN_FEATURE_PARAGRAPH_POSITION] = graded(s->paragraph);
    row[CHARNN_FEATURE_QUOTES] = s->quoted;
    row[CHARNN_FEATURE_PARENTHESES] = s->round > 0;
    row[CHARNN_FEATURE_SQUARE_BRACKETS] = s->square > 0;
    row[CHARNN_FEATURE_BRACES] = s->braces > 0;
    row[CHARNN_FEATURE_DEPTH] = graded(s->round + s->square + s->braces);
    row[CHARNN_FEATURE_COMMENT] = s->comment != NO_COMMENT;
    row[CHARNN_FEATURE_CONDITION] = s->condition > 0;
    row[CHARNN_FEATURE_DIRECTIVE] = s->directive && code != '\n';
    row[CHARNN_FEATURE_NUMBER] = code_is_digit(code);
    row[CHARNN_FEATURE_CAPITAL] = code_is_capital(code);
    row[CHARNN_FEATURE_VOWEL] = is_vowel(code);
    row[CHARNN_FEATURE_BLANK] = code_is_blank(code);
    row[CHARNN_FEATURE_PUNCTUATION] = code_is_punctuation(code);
    row[CHARNN_FEATURE_WORD_POSITION] = graded(s->word);
    row[CHARNN_FEATURE_SENTENCE_END] = s->sentence_ended;
    row[CHARNN_FEATURE_SENTENCE_POSITION] = graded(s->sentence);
    row[CHARNN_FEATURE_SPEAKER] = s->speaker_left > 0;
    row[CHARNN_FEATURE_RECORD_POSITION] = graded(s->record);
}

void features_find(const uint32_t *codes, size_t count, unsigned char *rows) {
    struct scanner s = {.codes = codes, .count = count};
    memset(rows, 0, count * CHARNN_FEATURE_ROW);
    for (s.at = 0; s.at < count; s.at++) {
        unsigned char *row = rows + s.at * CHARNN_FEATURE_ROW;
        if (codes[s.at] == CHARNN_SYMBOL_END) {
            s = (struct scanner){.codes = codes, .count = count, .at = s.at};
            row[CHARNN_FEATURE_LINE_END] = 1;
        } else {
            scan(&s, codes[s.at]);
            fill(&s, codes[s.at], row);
        }
    }
}
