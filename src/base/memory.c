#include "base/memory.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER
#endif
#endif
#if defined(ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(place, size) ((void)(place), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(place, size) ((void)(place), (void)(size))
#endif

/*
 * Large blocks lie on large pages where the system has them: with small ones the second cache,
 * which is indexed by physical addresses, keeps less of an array than its size, and the products
 * lose a tenth of their speed.
 */
static const size_t large_page = (size_t)2 << 20;

/*
 * Blocks that matter are mapped each by itself: new they are zero, which calloc() knows, and what
 * is freed goes back to the system. Without this glibc would raise its limit from 128 KiB to that
 * of the largest block that was ever freed, clear blocks by hand, and keep holes in its heap.
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

static enum status out_of_memory(size_t bytes, const char *what, struct error *error) {
    return error_set(error, CHARNN_ERROR_MEMORY, "out of memory: %zu bytes for %s", bytes, what);
}

/*
 * calloc() does not write what is zero because it is new, so what is never used never becomes real.
 * But it aligns to max_align_t alone: a block is larger by the alignment, and where it begins is
 * noted right before what the caller gets. All around that is out of bounds.
 */
_Static_assert(_Alignof(max_align_t) >= sizeof(void *), "there is room for the note");

/* The pointer is stored as bytes: its type is not known here, and void * must not alias it. */
static void store(void *pointer, void *memory) {
    memcpy(pointer, &memory, sizeof memory);
}

enum status memory_allocate(size_t count, size_t size, const char *what, void *pointer,
                            struct error *error) {
    size_t bytes;
    size_t most; /* more than anything below comes to */
    store(pointer, NULL);
    if (!size_multiply(count, size, &bytes) || !size_add(bytes, 2 * large_page, &most)) {
        return error_set(error, CHARNN_ERROR_MEMORY, "%s needs more memory than can be addressed",
                         what);
    }
    size_t padded = size_round_up(bytes > 0 ? bytes : 1, CHARNN_ALIGNMENT);
    size_t alignment = padded < large_page ? CHARNN_ALIGNMENT : large_page;
    char *block = calloc(1, alignment + padded);
    if (block == NULL) {
        return out_of_memory(bytes, what, error);
    }
    uintptr_t address = (uintptr_t)block;
    size_t before = size_round_up(address + sizeof block, alignment) - address;
    char *place = block + before;
    memcpy(place - sizeof block, &block, sizeof block);
    ASAN_POISON_MEMORY_REGION(block, before);
    ASAN_POISON_MEMORY_REGION(place + padded, alignment - before);
#if defined(MADV_HUGEPAGE)
    if (alignment == large_page) {
        (void)madvise(place, padded, MADV_HUGEPAGE); /* only advice: small pages work as well */
    }
#endif
    store(pointer, place);
    return CHARNN_OK;
}

void memory_free(void *memory) {
    if (memory == NULL) {
        return;
    }
    void *block;
    char *note = (char *)memory - sizeof block;
    ASAN_UNPOISON_MEMORY_REGION(note, sizeof block);
    memcpy(&block, note, sizeof block);
    free(block);
}

enum status memory_allocate_small(size_t size, const char *what, void *pointer,
                                  struct error *error) {
    void *memory = calloc(1, size > 0 ? size : 1);
    store(pointer, memory);
    return memory != NULL ? CHARNN_OK : out_of_memory(size, what, error);
}

void memory_free_small(void *memory) {
    free(memory);
}

enum status memory_grow(void *pointer, size_t *capacity, size_t size, size_t used, size_t wanted,
                        const char *what, struct error *error) {
    void *old;
    memcpy(&old, pointer, sizeof old);
    if (wanted <= *capacity && old != NULL) {
        return CHARNN_OK;
    }
    size_t count = *capacity > SIZE_MAX / 2 || *capacity * 2 < wanted ? wanted : *capacity * 2;
    void *larger;
    if (memory_allocate(count, size, what, &larger, error) != CHARNN_OK) {
        return error->status;
    }
    if (used > 0) {
        memcpy(larger, old, used * size);
    }
    memory_free(old);
    store(pointer, larger);
    *capacity = count;
    return CHARNN_OK;
}

enum status memory_copy_string(const char *text, char **copy, struct error *error) {
    size_t size = strlen(text) + 1;
    if (MEMORY_NEW(copy, size, "a string", error) == CHARNN_OK) {
        memcpy(*copy, text, size);
    }
    return *copy != NULL ? CHARNN_OK : error->status;
}
