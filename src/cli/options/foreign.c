#include "cli/options/foreign.h"

#include "base/shell.h"

#include <stdio.h>
#include <string.h>

static const struct foreign_option *find(const struct option_table *table, const char *name,
                                         size_t length) {
    for (const struct foreign_option *f = table->foreign; f != NULL && f->name != NULL; f++) {
        size_t i = 0;
        while (i < length && f->name[i] == (name[i] == '_' ? '-' : name[i])) {
            i++;
        }
        if (i == length && f->name[i] == '\0') {
            return f;
        }
    }
    return NULL;
}

bool foreign_option_known(const struct option_table *table, const char *name, size_t length) {
    return find(table, name, length) != NULL;
}

/* Appends charnn's words for a foreign option and its value (NULL: none). */
static void add_instead(struct text *line, const struct foreign_option *foreign,
                        const char *value) {
    const char *instead = foreign->instead;
    if (instead == NULL || value == NULL) {
        return;
    }
    text_add(line, " ");
    if (instead[0] == '-') {
        text_add(line, "%s ", instead);
        shell_add_word(line, value);
    } else if (instead[0] == '.') {
        const char *dot = strrchr(value, '.');
        char name[CHARNN_OPTION_TEXT];
        size_t length =
            dot != NULL && strchr(dot, '/') == NULL ? (size_t)(dot - value) : strlen(value);
        (void)snprintf(name, sizeof name, "%.*s%s", (int)length, value, instead);
        shell_add_word(line, name);
    } else {
        text_add(line, "%s", instead);
    }
}

enum status foreign_option_refuse(const struct option_table *table, const char *argument, int argc,
                                  char *const argv[], struct error *error) {
    char bytes[CHARNN_OPTION_TEXT];
    struct text line = text_start(bytes, sizeof bytes);
    text_add(&line, "charnn %s", argv[0]);
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i] + strspn(argv[i], "-");
        size_t length = strcspn(name, "=");
        const struct foreign_option *foreign = name > argv[i] ? find(table, name, length) : NULL;
        if (foreign != NULL) {
            add_instead(&line, foreign, name[length] == '=' ? name + length + 1 : argv[++i]);
        } else {
            text_add(&line, " ");
            shell_add_word(&line, argv[i]);
        }
    }
    return error_set(error, CHARNN_ERROR_USAGE,
                     "'%.*s' is an option of %s; the charnn command is: %s",
                     (int)strcspn(argument, "="), argument, table->foreign_program, bytes);
}
