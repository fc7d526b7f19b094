#include "train/text_errors.h"

enum status train_text_differs(struct error *error) {
    return error_set(error, CHARNN_ERROR_DATA,
                     "the text is not the one this run was trained on (its checksum differs); "
                     "to train on another text use --init-from instead of --resume");
}

enum status train_text_changed(size_t step, struct error *error) {
    return error_set(error, CHARNN_ERROR_DATA,
                     "the text was changed by another program while it was read; the checkpoints "
                     "are from before step %zu: start again with the current text, or restore the "
                     "old text and resume",
                     step);
}
