/* Where a path leads: two paths may be one file, by links or by other spellings. */
#ifndef CHARNN_BASE_FILES_PLACE_H
#define CHARNN_BASE_FILES_PLACE_H

#include "base/files/file.h"

#include <stdbool.h>

/* A path as its folder and the name in it: "a/b" is "a" and "b", "b" is "." and "b". */
struct place {
    char folder[CHARNN_PATH_LENGTH];
    const char *name; /* points into the path */
};

/* A path that is too long is cut; no call that opens it succeeds either. */
void place_init(struct place *place, const char *path);

/* Whether both paths lead to one existing file, or to one name in one folder where no file is yet.
 */
bool place_is_same(const char *a, const char *b);

/* Whether the name of `path` is in that folder, whether it exists or not. */
bool place_is_in(const char *path, const char *folder);

#endif
