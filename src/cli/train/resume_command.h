/* The command line that resumes a run, ready to be pasted into a shell. */
#ifndef CHARNN_CLI_TRAIN_RESUME_COMMAND_H
#define CHARNN_CLI_TRAIN_RESUME_COMMAND_H

#include "base/error.h"
#include "train/settings.h"

/* `from_stdin`: the text must be piped in again. Errors: CHARNN_ERROR_MEMORY. Ownership: the
 * caller's, memory_free(). */
CHARNN_MUST_CHECK enum status resume_command_create(const struct train_settings *settings,
                                                    bool from_stdin, char **command,
                                                    struct error *error);

#endif
