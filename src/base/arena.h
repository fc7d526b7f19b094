/* Arrays laid out in one block of memory. The same layout function runs twice: over an arena
 * without a block, to count bytes, and over one with a block, to hand out addresses. So the
 * estimate and the allocation cannot differ. */
#ifndef CHARNN_BASE_ARENA_H
#define CHARNN_BASE_ARENA_H

#include "base/memory.h"

/* Zero-initialised: an arena that counts. */
struct arena {
    unsigned char *block; /* aligned to CHARNN_ALIGNMENT; NULL: only count */
    size_t used;          /* bytes; SIZE_MAX after an overflow */
};

/* Ends the count: allocates the block for the second run of the layout function. Released with
 * memory_free(arena->block). */
CHARNN_MUST_CHECK enum status arena_allocate(struct arena *arena, const char *what,
                                             struct error *error);

/* The next count * size bytes, aligned to CHARNN_ALIGNMENT; NULL while counting. */
void *arena_take(struct arena *arena, size_t count, size_t size);

/* arena_take() of floats [a][b][c]. */
float *arena_take_floats(struct arena *arena, size_t a, size_t b, size_t c);

#endif
