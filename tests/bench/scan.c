/* Finding the vocabulary of a text: a census of texts in several scripts. */
#include "base/memory.h"
#include "bench.h"
#include "text/census.h"

#include <string.h>

enum { TEXT_BYTES = 32 << 20, WORD_MOST = 10 };

/* A script: words of random length, with a space after each if they are letters. */
struct script {
    uint32_t first, count; /* code points */
    bool spaced;
};

static const struct {
    const char *name;
    struct script scripts[4];
    size_t count; /* of scripts, drawn at random for each word */
} texts[] = {
    {"latin", {{'a', 26, true}}, 1},
    {"cyrillic", {{0x430, 32, true}}, 1},
    {"chinese", {{0x4E00, 20000, false}}, 1},
    {"mixed", {{'a', 26, true}, {0x430, 32, true}, {0x4E00, 2000, false}, {0x1F600, 64, false}}, 4},
};

struct scan_state {
    unsigned char *text;
    size_t size;
    struct census *census;
    size_t symbols; /* of the last run */
};

static void scan_destroy(void *state) {
    struct scan_state *s = state;
    if (s != NULL) {
        census_destroy(s->census);
        memory_free(s->text);
        memory_free(s);
    }
}

static size_t write_word(const struct script *script, size_t word, unsigned char *text) {
    size_t size = 0;
    size_t length = 1 + (size_t)bench_random_id(WORD_MOST, 1, word);
    for (size_t i = 0; i < length; i++) {
        uint32_t code = (uint32_t)bench_random_id(script->count, 2, word * WORD_MOST + i);
        size += symbol_encode(script->first + code, text + size);
    }
    if (script->spaced) {
        text[size++] = ' ';
    }
    return size;
}

static enum status scan_init(struct scan_state *s, size_t index, struct error *error) {
    enum { SLACK = WORD_MOST * CHARNN_SYMBOL_BYTES + 1 };
    void *memory;
    if (memory_allocate(TEXT_BYTES + SLACK, 1, "the text", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    s->text = memory;
    for (size_t word = 0; s->size < TEXT_BYTES; word++) {
        size_t script = (size_t)bench_random_id(texts[index].count, 0, word);
        s->size += write_word(&texts[index].scripts[script], word, s->text + s->size);
    }
    return census_create(CHARNN_ENCODING_UTF8, false, &s->census, error);
}

static enum status scan_create(const struct bench_case *bench_case, struct thread_pool *pool,
                               void **state, struct bench_work *work, struct error *error) {
    (void)pool;
    void *memory;
    *state = NULL;
    if (memory_allocate(1, sizeof(struct scan_state), "the case", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct scan_state *s = memory;
    if (scan_init(s, bench_case->index, error) != CHARNN_OK) {
        scan_destroy(s);
        return error->status;
    }
    *work = (struct bench_work){.items = (double)s->size, .bytes = (double)s->size};
    *state = s;
    return CHARNN_OK;
}

static enum status scan_run(void *state, struct error *error) {
    (void)error;
    struct scan_state *s = state;
    s->symbols = 0;
    (void)census_add(s->census, s->text, s->size, s->size, &s->symbols);
    return CHARNN_OK;
}

/* Decodes symbol by symbol. */
static enum status scan_check(void *state, struct error *error) {
    struct scan_state *s = state;
    size_t symbols = 0;
    for (size_t offset = 0; offset < s->size; symbols++) {
        uint32_t code;
        offset += symbol_decode(CHARNN_ENCODING_UTF8, s->text + offset, s->size - offset, &code);
    }
    enum status status = scan_run(s, error);
    if (status == CHARNN_OK && s->symbols != symbols) {
        return error_set(error, CHARNN_ERROR_DATA, "counted %zu symbols, expected %zu", s->symbols,
                         symbols);
    }
    return status;
}

static const struct bench_kind scan_kind = {
    .name = "scan",
    .unit = "bytes",
    .create = scan_create,
    .check = scan_check,
    .run = scan_run,
    .destroy = scan_destroy,
};

enum status scan_add_cases(struct bench_list *list, struct error *error) {
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct bench_case c = {
            .kind = &scan_kind, .threads = 1, .level = CHARNN_BENCH_USUAL, .index = i};
        if (bench_list_add(list, c, texts[i].name, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}
