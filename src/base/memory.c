#include "base/memory.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

/*
 * Large blocks lie on large pages where the system has them: with small ones the second cache,
 * which is indexed by physical addresses, keeps less of an array than its size, and the products
 * lose a tenth of their speed.
 */
enum { LARGE_PAGE = 2 << 20 };

/*
 * Aligned blocks that come and go, as those for a checkpoint do, leave holes in glibc's heap that
 * the next one does not fit, and with it the heap grows. So blocks that matter are mapped each by
 * itself, and given back when they are freed. Without this glibc would raise its limit from 128 KiB
 * to that of the largest block that was ever freed.
 */
void memory_begin(void) {
#if defined(__GLIBC__)
    enum { MAPPED_BYTES = 32 * 1024 };
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
#endif
}

bool size_multiply(size_t a, size_t b, size_t *product) {
    return !__builtin_mul_overflow(a, b, product);
}

bool size_add(size_t a, size_t b, size_t *sum) {
    return !__builtin_add_overflow(a, b, sum);
}

/*
 * As memory_allocate(), at another alignment, a power of two from that of max_align_t on.
 *
 * calloc() knows which memory is zero because it is new: that is not written, and what is never
 * used never becomes real. It does not align, so the block is larger, and where it begins is noted
 * before what the caller gets.
 */
static enum status allocate(size_t alignment, size_t count, size_t size, const char *what,
                            void **memory, struct error *error) {
    *memory = NULL;
    size_t bytes;
    size_t most;
    if (!size_multiply(count, size, &bytes) || !size_add(bytes, 2 * LARGE_PAGE, &most)) {
        return error_set(error, CHARNN_ERROR_MEMORY, "%s needs more memory than can be addressed",
                         what);
    }
    size_t padded = size_round_up(bytes > 0 ? bytes : 1, alignment);
    alignment = padded < LARGE_PAGE ? alignment : LARGE_PAGE;
    char *block = calloc(1, alignment + padded);
    if (block == NULL) {
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory: %zu bytes for %s", bytes,
                         what);
    }
    uintptr_t address = (uintptr_t)block;
    char *place = block + (size_round_up(address + sizeof block, alignment) - address);
    memcpy(place - sizeof block, &block, sizeof block);
#if defined(MADV_HUGEPAGE)
    if (alignment == LARGE_PAGE) {
        (void)madvise(place, padded, MADV_HUGEPAGE); /* only advice: small pages work as well */
    }
#endif
    *memory = place;
    return CHARNN_OK;
}

enum status memory_allocate(size_t count, size_t size, const char *what, void **memory,
                            struct error *error) {
    return allocate(CHARNN_ALIGNMENT, count, size, what, memory, error);
}

enum status memory_allocate_small(size_t size, const char *what, void **memory,
                                  struct error *error) {
    return allocate(_Alignof(max_align_t), 1, size, what, memory, error);
}

enum status memory_grow(void **memory, size_t *capacity, size_t used, size_t wanted,
                        const char *what, struct error *error) {
    if (wanted <= *capacity && *memory != NULL) {
        return CHARNN_OK;
    }
    size_t size = *capacity > SIZE_MAX / 2 ? wanted : *capacity * 2;
    if (size < wanted) {
        size = wanted;
    }
    void *larger;
    if (memory_allocate(size, 1, what, &larger, error) != CHARNN_OK) {
        return error->status;
    }
    if (used > 0) {
        memcpy(larger, *memory, used);
    }
    memory_free(*memory);
    *memory = larger;
    *capacity = size;
    return CHARNN_OK;
}

enum status memory_copy_string(const char *text, char **copy, struct error *error) {
    size_t size = strlen(text) + 1;
    void *memory;
    if (memory_allocate(size, 1, "a string", &memory, error) != CHARNN_OK) {
        *copy = NULL;
        return error->status;
    }
    memcpy(memory, text, size);
    *copy = memory;
    return CHARNN_OK;
}

void memory_free(void *memory) {
    if (memory == NULL) {
        return;
    }
    void *block;
    memcpy(&block, (char *)memory - sizeof block, sizeof block);
    free(block);
}
