/*
 * Features of a text: what a person might look for at each symbol, found by simple rules for prose,
 * plays and C. A feature is the state after the symbol was read, as a network has it: the opening
 * quote is inside quotes, the closing one is not. Everything starts anew after an end symbol.
 */
#ifndef CHARNN_TEXT_FEATURES_H
#define CHARNN_TEXT_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, label, graded, meaning). A graded feature counts from 0 to 255, and 255 is any larger
 * count; the others are 0 or 1. */
#define CHARNN_FEATURES(X)                                                                         \
    X(LINE_POSITION, "line position", true, "characters since the start of the line")              \
    X(LINE_END, "end of line", false, "the character ends a line")                                 \
    X(INDENTATION, "indentation", false, "blanks that begin a line")                               \
    X(INDENTATION_WIDTH, "indentation width", true, "number of blanks that begin the line")        \
    X(PARAGRAPH_POSITION, "paragraph position", true, "lines since an empty line")                 \
    X(QUOTES, "in quotes", false, "between double quotes")                                         \
    X(PARENTHESES, "in parentheses", false, "between ( and )")                                     \
    X(SQUARE_BRACKETS, "in square brackets", false, "between [ and ]")                             \
    X(BRACES, "in braces", false, "between { and }")                                               \
    X(DEPTH, "nesting depth", true, "number of open brackets")                                     \
    X(COMMENT, "in a comment", false, "in a comment of C")                                         \
    X(CONDITION, "in an if", false, "between the parentheses after if")                            \
    X(DIRECTIVE, "directive", false, "in a line that begins with #")                               \
    X(NUMBER, "in a number", false, "a digit")                                                     \
    X(CAPITAL, "capital letter", false, "one of A to Z")                                           \
    X(VOWEL, "vowel", false, "one of a, e, i, o, u, also as a capital")                            \
    X(BLANK, "blank", false, "a space or a tab")                                                   \
    X(PUNCTUATION, "punctuation", false, "one of the other characters of ASCII")                   \
    X(WORD_POSITION, "word position", true, "letters since the start of the word")                 \
    X(SENTENCE_END, "end of sentence", false, "after . ! or ?, up to the next letter or digit")    \
    X(SENTENCE_POSITION, "sentence position", true, "characters since the end of a sentence")      \
    X(SPEAKER, "speaker's name", false, "in a line of capitalized words and a colon")              \
    X(RECORD_POSITION, "record position", true, "characters since the start of the text or record")

#define CHARNN_FEATURE_NAME(name, label, graded, meaning) CHARNN_FEATURE_##name,
enum feature_index { CHARNN_FEATURES(CHARNN_FEATURE_NAME) CHARNN_FEATURE_COUNT };
#undef CHARNN_FEATURE_NAME

enum { CHARNN_FEATURE_ROW = 32, CHARNN_FEATURE_MOST = 255 };

struct feature {
    const char *label;
    const char *meaning;
    bool graded;
};

extern const struct feature features[CHARNN_FEATURE_COUNT];

/* Fills rows[count][CHARNN_FEATURE_ROW] with the features of codes[count]; the rest of a row is
 * zero. */
void features_find(const uint32_t *codes, size_t count, unsigned char *rows);

#endif
