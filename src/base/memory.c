#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool size_multiply(size_t a, size_t b, size_t *product) {
    return !__builtin_mul_overflow(a, b, product);
}

bool size_add(size_t a, size_t b, size_t *sum) {
    return !__builtin_add_overflow(a, b, sum);
}

enum status memory_allocate(size_t count, size_t size, const char *what, void **memory,
                            struct error *error) {
    *memory = NULL;
    size_t bytes;
    size_t padded;
    if (!size_multiply(count, size, &bytes) || !size_add(bytes, CHARNN_ALIGNMENT, &padded)) {
        return error_set(error, CHARNN_ERROR_MEMORY, "%s needs more memory than can be addressed",
                         what);
    }
    padded = size_round_up(bytes > 0 ? bytes : 1, CHARNN_ALIGNMENT);
    void *block = aligned_alloc(CHARNN_ALIGNMENT, padded);
    if (block == NULL) {
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory: %zu bytes for %s", bytes,
                         what);
    }
    memset(block, 0, padded);
    *memory = block;
    return CHARNN_OK;
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
    free(memory);
}
