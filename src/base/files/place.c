#include "base/files/place.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void place_init(struct place *place, const char *path) {
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    place->name = slash == NULL ? path : slash + 1;
    (void)snprintf(place->folder, sizeof place->folder, "%.*s", (int)length, path);
    if (slash == NULL) {
        (void)strcpy(place->folder, ".");
    }
}

static bool is_one(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_one_folder(const char *a, const char *b) {
    struct stat of_a;
    struct stat of_b;
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && is_one(&of_a, &of_b);
}

bool place_is_same(const char *a, const char *b) {
    struct stat of_a;
    struct stat of_b;
    bool has_a = stat(a, &of_a) == 0;
    bool has_b = stat(b, &of_b) == 0;
    if (has_a || has_b) {
        return has_a && has_b && is_one(&of_a, &of_b);
    }
    struct place at_a;
    struct place at_b;
    place_init(&at_a, a);
    place_init(&at_b, b);
    return strcmp(at_a.name, at_b.name) == 0 && is_one_folder(at_a.folder, at_b.folder);
}

bool place_is_in(const char *path, const char *folder) {
    struct place place;
    place_init(&place, path);
    return is_one_folder(place.folder, folder);
}
