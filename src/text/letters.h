/* What kind of character a symbol is, by the rules that features and words share. */
#ifndef CHARNN_TEXT_LETTERS_H
#define CHARNN_TEXT_LETTERS_H

#include "text/symbols.h"

static inline bool code_is_between(uint32_t code, uint32_t first, uint32_t last) {
    return code >= first && code <= last;
}

static inline bool code_is_digit(uint32_t code) {
    return code_is_between(code, '0', '9');
}

static inline bool code_is_capital(uint32_t code) {
    return code_is_between(code, 'A', 'Z');
}

static inline bool code_is_blank(uint32_t code) {
    return code == ' ' || code == '\t';
}

/* Beyond ASCII all but general and CJK punctuation counts as a letter. */
static inline bool code_is_letter(uint32_t code) {
    bool other = code_is_between(code, 0xC0, CHARNN_RAW_BYTE - 1) &&
                 !code_is_between(code, 0x2000, 0x206F) && !code_is_between(code, 0x3000, 0x303F);
    return code_is_capital(code) || code_is_between(code, 'a', 'z') || other;
}

static inline bool code_is_punctuation(uint32_t code) {
    return code_is_between(code, '!', '~') && !code_is_digit(code) && !code_is_letter(code);
}

#endif
