#include "base/shell.h"

#include <stdbool.h>
#include <string.h>

static bool has_control(const char *word) {
    for (; *word != '\0'; word++) {
        if ((unsigned char)*word < 0x20 || *word == 0x7F) {
            return true;
        }
    }
    return false;
}

void shell_add_word(struct text *text, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./,:+@%=";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        text_add(text, "%s", word);
        return;
    }
    if (has_control(word)) {
        text_add(text, "$'");
        text_add_escaped(text, word, "\\'");
    } else {
        text_add(text, "'");
        for (; *word != '\0'; word++) {
            text_add(text, *word == '\'' ? "'\\''" : "%c", *word);
        }
    }
    text_add(text, "'");
}

void shell_add_escaped_word(struct text *text, const char *word) {
    char bytes[CHARNN_ERROR_LENGTH];
    struct text escaped = text_start(bytes, sizeof bytes);
    text_add_escaped(&escaped, word, "\\");
    shell_add_word(text, bytes);
}
