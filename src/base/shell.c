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

/* A character between $' and '. */
static void add_escaped(struct text *text, unsigned char c) {
    static const char named[] = "\n\t\r\\'";
    static const char letters[] = "ntr\\'";
    const char *at = strchr(named, c);
    if (at != NULL) {
        text_add(text, "\\%c", letters[at - named]);
    } else if (c < 0x20 || c == 0x7F) {
        text_add(text, "\\x%02x", c);
    } else {
        text_add(text, "%c", c);
    }
}

void shell_add_word(struct text *text, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./,:+@%=";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        text_add(text, "%s", word);
        return;
    }
    bool escape = has_control(word);
    text_add(text, escape ? "$'" : "'");
    for (; *word != '\0'; word++) {
        if (escape) {
            add_escaped(text, (unsigned char)*word);
        } else {
            text_add(text, *word == '\'' ? "'\\''" : "%c", *word);
        }
    }
    text_add(text, "'");
}
