#include "caches.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A line of a file of cache number `index`; false if there is none. */
static bool read_line(int index, const char *name, char *line, int size) {
    char path[128];
    (void)snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, name);
    FILE *file = fopen(path, "re");
    bool read = file != NULL && fgets(line, size, file) != NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    line[read ? strcspn(line, "\n") : 0] = '\0';
    return read;
}

void caches_describe(char *text, size_t size) {
    struct text list = text_start(text, size);
    char level[16];
    char kind[16];
    char bytes[16];
    for (int i = 0;
         read_line(i, "level", level, sizeof level) && read_line(i, "type", kind, sizeof kind) &&
         read_line(i, "size", bytes, sizeof bytes);
         i++) {
        if (strcmp(kind, "Instruction") != 0) {
            text_add(&list, "%sL%s %s%s", text[0] != '\0' ? ", " : "", level, bytes,
                     strcmp(kind, "Data") == 0 ? " data" : "");
        }
    }
    if (text[0] == '\0') {
        text_add(&list, "unknown");
    }
}
