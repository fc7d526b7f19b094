/*
 * Moves the files of an earlier run out of the way of a new one, into the sub-folder earlier-N of
 * their folder. N is one more than the largest N there.
 *
 * The files are renamed one by one into a hidden sub-folder, `last` at the end, and then this
 * sub-folder is renamed to earlier-N. No rename replaces a file.
 *
 * Invariant: at any moment each file has exactly one name: in the folder, in the hidden sub-folder,
 * or in earlier-N. As long as the hidden sub-folder exists, the move is incomplete, and each start
 * of a run first undoes it: earlier_repair(). So a run that starts finds every move either complete
 * or undone. As long as `last` is in the folder, the run can be resumed.
 */
#ifndef CHARNN_CLI_TRAIN_EARLIER_H
#define CHARNN_CLI_TRAIN_EARLIER_H

#include "base/files/file.h"

#include <stdbool.h>
#include <stddef.h>

struct earlier {
    const char *folder;
    const char *hidden; /* name of the hidden sub-folder */
    const char *last;   /* name of the file that moves last */
    void *context;
    /* sets *moves for the name of each file that moves */
    enum status (*select)(void *context, const char *name, bool *moves, struct error *error);
};

/*
 * Undoes a move that was killed. A file stays in the hidden sub-folder if its name is in use again
 * (by a program that does not know of the move); then the sub-folder becomes earlier-N. Nobody else
 * may use the names of the files. Errors: CHARNN_ERROR_IO.
 */
CHARNN_MUST_CHECK enum status earlier_repair(const struct earlier *earlier, struct error *error);

/*
 * Moves the selected files. `kept` receives the path of earlier-N, or "" if no file was selected.
 * After an error the move is undone, by the next earlier_repair() if not at once. Errors:
 * CHARNN_ERROR_IO and those of select().
 */
CHARNN_MUST_CHECK enum status earlier_move(const struct earlier *earlier,
                                           char kept[CHARNN_PATH_LENGTH], struct error *error);

/* Renames one file to PATH.earlier-N, which `kept` receives. Errors: CHARNN_ERROR_IO; the file then
 * keeps its name. */
CHARNN_MUST_CHECK enum status earlier_move_file(const char *path, char kept[CHARNN_PATH_LENGTH],
                                                struct error *error);

#endif
