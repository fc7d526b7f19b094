#include "train/history.h"

#include "base/memory.h"

enum status history_add_change(struct train_history *h, size_t step, const char *text,
                               struct error *error) {
    if (MEMORY_GROW(&h->changes, &h->change_capacity, h->change_count, h->change_count + 1,
                    "the changes of the run", error) != CHARNN_OK) {
        return error->status;
    }
    struct train_change *change = &h->changes[h->change_count];
    change->step = step;
    if (memory_copy_string(text, &change->text, error) != CHARNN_OK) {
        return error->status;
    }
    h->change_count++;
    return CHARNN_OK;
}

void history_deinit(struct train_history *h) {
    for (size_t i = 0; i < h->change_count; i++) {
        memory_free(h->changes[i].text);
    }
    memory_free(h->changes);
    memory_free(h->validations);
}
