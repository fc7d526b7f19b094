#include "infer/sequences.h"

#include "base/memory.h"

#include <string.h>

static int compare(struct sequence a, struct sequence b) {
    for (size_t i = 0; i < a.count && i < b.count; i++) {
        if (a.ids[i] != b.ids[i]) {
            return a.ids[i] < b.ids[i] ? -1 : 1;
        }
    }
    return (a.count > b.count) - (a.count < b.count);
}

bool sequences_find(const struct sequences *set, struct sequence sequence, size_t *index) {
    size_t low = 0;
    size_t high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(set->items[middle], sequence) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *index = low;
    return low < set->count && compare(set->items[low], sequence) == 0;
}

enum status sequences_add(struct sequences *set, struct sequence sequence, struct error *error) {
    size_t index;
    int32_t *ids;
    if (sequences_find(set, sequence, &index)) {
        return CHARNN_OK;
    }
    if (set->count == set->most) {
        set->overflow = true;
        return CHARNN_OK;
    }
    if (MEMORY_GROW(&set->items, &set->capacity, set->count, set->count + 1, "the answers",
                    error) != CHARNN_OK ||
        memory_allocate_small(sequence.count * sizeof *ids, "an answer", &ids, error) !=
            CHARNN_OK) {
        return error->status;
    }
    memcpy(ids, sequence.ids, sequence.count * sizeof *ids);
    memmove(set->items + index + 1, set->items + index,
            (set->count - index) * sizeof set->items[0]);
    set->items[index] = (struct sequence){ids, sequence.count};
    set->count++;
    return CHARNN_OK;
}

void sequences_deinit(struct sequences *set) {
    for (size_t i = 0; i < set->count; i++) {
        memory_free_small((void *)set->items[i].ids);
    }
    memory_free(set->items);
}
