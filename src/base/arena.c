#include "base/arena.h"

#include <stdint.h>

enum status arena_allocate(struct arena *arena, const char *what, struct error *error) {
    size_t size = arena->used;
    arena->used = 0;
    return MEMORY_NEW(&arena->block, size, what, error);
}

void *arena_take(struct arena *arena, size_t count, size_t size) {
    size_t begin = arena->used;
    size_t bytes;
    size_t end;
    if (!size_multiply(count, size, &bytes) || !size_add(begin, bytes, &end) ||
        end > SIZE_MAX - CHARNN_ALIGNMENT) {
        arena->used = SIZE_MAX;
        return NULL;
    }
    arena->used = size_round_up(end, CHARNN_ALIGNMENT);
    return arena->block != NULL ? arena->block + begin : NULL;
}

float *arena_take_floats(struct arena *arena, size_t a, size_t b, size_t c) {
    size_t count;
    if (!size_multiply(a, b, &count) || !size_multiply(count, c, &count)) {
        arena->used = SIZE_MAX;
        return NULL;
    }
    return arena_take(arena, count, sizeof(float));
}
