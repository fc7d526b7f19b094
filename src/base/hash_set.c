#include "base/hash_set.h"

#include "base/memory.h"

#include <assert.h>

enum { SMALLEST = 1024 };

static size_t find_slot(const uint64_t *slots, size_t size, uint64_t hash) {
    size_t slot = (size_t)hash & (size - 1);
    while (slots[slot] != 0 && slots[slot] != hash) {
        slot = (slot + 1) & (size - 1);
    }
    return slot;
}

static enum status grow(struct hash_set *set, struct error *error) {
    uint64_t *slots;
    size_t size = set->size > 0 ? 2 * set->size : SMALLEST;
    if (MEMORY_NEW(&slots, size, "a set of texts", error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < set->size; i++) {
        if (set->slots[i] != 0) {
            slots[find_slot(slots, size, set->slots[i])] = set->slots[i];
        }
    }
    memory_free(set->slots);
    set->slots = slots;
    set->size = size;
    return CHARNN_OK;
}

bool hash_set_has(const struct hash_set *set, uint64_t hash) {
    return set->size > 0 && set->slots[find_slot(set->slots, set->size, hash)] == hash;
}

enum status hash_set_add(struct hash_set *set, uint64_t hash, struct error *error) {
    assert(hash != 0);
    if (2 * set->count >= set->size && grow(set, error) != CHARNN_OK) {
        return error->status;
    }
    size_t slot = find_slot(set->slots, set->size, hash);
    set->count += set->slots[slot] == 0;
    set->slots[slot] = hash;
    return CHARNN_OK;
}

void hash_set_deinit(struct hash_set *set) {
    memory_free(set->slots);
}
