/*
 * Texts: decoding any bytes to symbols and encoding them gives the same bytes. Vocabularies in
 * JSON: any text gives an error message or a vocabulary that is the same after writing and reading.
 * The first byte of an input chooses.
 */
#include "base/json.h"
#include "base/memory.h"
#include "checkpoint/vocab_json.h"
#include "fuzz/input.h"
#include "text/vocab.h"

#include <stdlib.h>
#include <string.h>

static void check_same(const struct vocab *one, const struct vocab *other) {
    input_check(
        vocab_size(one) == vocab_size(other) && vocab_encoding(one) == vocab_encoding(other) &&
            memcmp(vocab_codes(one), vocab_codes(other), vocab_size(one) * sizeof(uint32_t)) == 0,
        "the same vocabulary after writing and reading");
}

static void write_vocab(const struct vocab *vocab) {
    struct error error = {0};
    char *text = NULL;
    struct vocab *again = NULL;
    input_check(vocab_to_json(vocab, &text, &error) == CHARNN_OK, "a vocabulary as JSON");
    input_check(vocab_from_json(text, "x", &again, &error) == CHARNN_OK, "a vocabulary read");
    check_same(vocab, again);
    vocab_destroy(again);
    memory_free(text);
}

static void read_vocab(const uint8_t *data, size_t size) {
    struct error error = {0};
    struct vocab *vocab = NULL;
    char *text = malloc(size + 1);
    input_check(text != NULL, "memory");
    memcpy(text, data, size);
    text[size] = '\0';
    if (vocab_from_json(text, "x", &vocab, &error) == CHARNN_OK) {
        write_vocab(vocab);
        vocab_destroy(vocab);
    } else {
        input_check(vocab == NULL && strlen(error.message) > 5, "an error message");
    }
    free(text);
}

static int compare_codes(const void *a, const void *b) {
    const uint32_t *left = a;
    const uint32_t *right = b;
    return (*left > *right) - (*left < *right);
}

/* The vocabulary of a non-empty text. */
static struct vocab *make_vocab(const uint8_t *data, size_t size, enum encoding encoding) {
    struct error error = {0};
    struct vocab *vocab = NULL;
    size_t count = 0;
    size_t different = 0;
    uint32_t *codes = calloc(size + 1, sizeof *codes);
    input_check(codes != NULL, "memory");
    for (size_t at = 0; at < size; count++) {
        at += symbol_decode(encoding, data + at, size - at, &codes[count]);
        input_check(symbol_is_valid(encoding, codes[count]) && at <= size, "a valid symbol");
    }
    qsort(codes, count, sizeof *codes, compare_codes);
    for (size_t i = 0; i < count; i++) {
        if (different == 0 || codes[different - 1] != codes[i]) {
            codes[different++] = codes[i];
        }
    }
    input_check(vocab_create(encoding, codes, different, &vocab, &error) == CHARNN_OK,
                "a vocabulary");
    free(codes);
    return vocab;
}

/* Decoding the ids of a text must give its bytes. */
static void read_text(const uint8_t *data, size_t size, enum encoding encoding) {
    struct error error = {0};
    struct vocab *vocab = make_vocab(data, size, encoding);
    size_t count = 0;
    size_t at = 0;
    bool raw = false;
    int32_t *ids = calloc(size, sizeof *ids);
    input_check(ids != NULL, "memory");
    input_check(vocab_encode_text(vocab, false, "the text", data, size, ids, &count, &error) ==
                    CHARNN_OK,
                "a text in its own symbols");
    for (size_t i = 0; i < count; i++) {
        unsigned char bytes[CHARNN_SYMBOL_BYTES];
        uint32_t code = vocab_code(vocab, ids[i]);
        size_t length = symbol_encode(code, bytes);
        input_check(at + length <= size && memcmp(bytes, data + at, length) == 0, "the same bytes");
        at += length;
        raw = raw || code >= CHARNN_RAW_BYTE;
    }
    input_check(at == size, "the whole text");
    input_check(encoding == CHARNN_ENCODING_BYTES || (utf8_prefix(data, size) < size) == raw,
                "raw bytes just where it is not UTF-8");
    write_vocab(vocab);
    free(ids);
    vocab_destroy(vocab);
}

int fuzz_input(const uint8_t *data, size_t size) {
    json_install_allocator();
    if (size < 2) {
        return 0;
    }
    if (data[0] % 4 == 3) {
        read_vocab(data + 1, size - 1);
    } else {
        enum encoding encoding = data[0] % 4 == 2 ? CHARNN_ENCODING_BYTES : CHARNN_ENCODING_UTF8;
        read_text(data + 1, size - 1, encoding);
    }
    return 0;
}
