#include "base/memory.h"

#include "base/bytes.h"

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

/* Large blocks get huge pages if the system has them. With small pages, the level 2 cache, which is
 * indexed by physical addresses, holds less of an array, and the products lose a tenth of their
 * speed. */
static const size_t large_page = (size_t)2 << 20;

/* Large blocks get a mapping of their own: calloc() need not clear it, and free() gives it back to
 * the system. With its default dynamic threshold, glibc would move ever larger blocks to the heap,
 * clear them by hand and keep the holes. */
void memory_begin(void) {
#if defined(__GLIBC__)
    (void)mallopt(M_MMAP_THRESHOLD, 32 * 1024);
#endif
}

bool size_multiply(size_t a, size_t b, size_t *product) {
    return !__builtin_mul_overflow(a, b, product);
}

bool size_add(size_t a, size_t b, size_t *sum) {
    return !__builtin_add_overflow(a, b, sum);
}

size_t size_sum(const size_t *sizes, size_t count) {
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum = size_add(sum, sizes[i], &sum) ? sum : SIZE_MAX;
    }
    return sum;
}

static enum status out_of_memory(size_t bytes, const char *what, struct error *error) {
    char text[CHARNN_BYTES_TEXT];
    return error_set(error, CHARNN_ERROR_MEMORY, "out of memory: %s for %s",
                     format_bytes(bytes, text), what);
}

/* calloc() does not touch new pages, so memory that is never used never becomes resident. But it
 * only aligns to max_align_t: the block is larger by the alignment, and its address lies right
 * before the caller's memory. The rest of the padding is poisoned. */
_Static_assert(_Alignof(max_align_t) >= sizeof(void *), "the block's address fits");

/* Copies bytes, because the pointer's type is unknown and void * must not alias it. */
static void store(void *pointer, void *memory) {
    memcpy(pointer, &memory, sizeof memory);
}

enum status memory_allocate(size_t count, size_t size, const char *what, void *pointer,
                            struct error *error) {
    size_t bytes;
    size_t most; /* bound of all sums below */
    store(pointer, NULL);
    if (!size_multiply(count, size, &bytes) || !size_add(bytes, 2 * large_page, &most)) {
        return out_of_memory(SIZE_MAX, what, error);
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
        (void)madvise(place, padded, MADV_HUGEPAGE);
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
    char *address = (char *)memory - sizeof block;
    ASAN_UNPOISON_MEMORY_REGION(address, sizeof block);
    memcpy(&block, address, sizeof block);
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
