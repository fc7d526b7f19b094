#include "base/files/file.h"
#include "base/json.h"
#include "base/version.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/safetensors_writer.h"
#include "checkpoint/vocab_json.h"
#include "suites.h"
#include "support/checksum.h"
#include "support/compare.h"
#include "support/engine.h"
#include "support/faults.h"
#include "support/golden.h"
#include "support/temporary.h"

#include "base/memory.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each test has two paths of its own. Both name empty files. */
static char path[TEMPORARY_PATH];
static char other_path[TEMPORARY_PATH];

static void make_file(char name[TEMPORARY_PATH]) {
    temporary_file(name, "", 0);
}

static void make_paths(void) {
    make_file(path);
    make_file(other_path);
}

static void remove_paths(void) {
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(unlink(other_path), 0);
}

static void check_status(enum status status, const struct error *error) {
    ck_assert_msg(status == CHARNN_OK, "%s", error->message);
}

static struct checkpoint *open_checkpoint(const char *name) {
    struct error error = {0};
    struct checkpoint *checkpoint = NULL;
    check_status(checkpoint_open(name, &checkpoint, &error), &error);
    return checkpoint;
}

/* checkpoint_load_flat() with that many threads. */
static enum status load_flat(const struct checkpoint *checkpoint, const char *prefix,
                             const struct parameters *parameters, size_t threads, float *values,
                             struct error *error) {
    struct thread_pool *pool;
    check_status(thread_pool_create(threads, &pool, error), error);
    enum status status = checkpoint_load_flat(checkpoint, prefix, parameters, pool, values, error);
    thread_pool_destroy(pool);
    return status;
}

static void write_checkpoint(const char *name, const struct checkpoint_contents *contents) {
    struct error error = {0};
    check_status(checkpoint_write(name, contents, &error), &error);
}

static const char *metadata(const struct checkpoint *checkpoint, const char *key) {
    return safetensors_metadata(checkpoint_file(checkpoint), key);
}

/* ---- what is written is read ------------------------------------------------------------------
 */

static struct vocab *make_vocab(enum encoding encoding, const uint32_t *codes, size_t count) {
    struct error error = {0};
    struct vocab *vocab = NULL;
    check_status(vocab_create(encoding, codes, count, &vocab, &error), &error);
    return vocab;
}

static struct model *make_model(struct cell_variant variant, size_t vocab, size_t hidden,
                                size_t layers) {
    struct error error = {0};
    struct model *model = NULL;
    const struct model_shape shape = {
        .cell = cell_find(variant.cell),
        .vocab = vocab,
        .hidden = hidden,
        .layers = layers,
        .peephole = variant.peephole,
        .skip = variant.skip,
        .attention = variant.attention,
    };
    check_status(model_create(&shape, true, &model, &error), &error);
    return model;
}

/* A flat array with a different number in every element. Padding is zero. */
static float *make_flat(const struct parameters *parameters, uint32_t seed) {
    struct generator generator = {seed};
    float *flat = calloc(parameters->size, sizeof *flat);
    float *dense = calloc(parameters->elements, sizeof *dense);
    ck_assert_ptr_nonnull(flat);
    ck_assert_ptr_nonnull(dense);
    for (size_t i = 0; i < parameters->count; i++) {
        for (size_t j = 0; j < parameter_elements(&parameters->table[i]); j++) {
            dense[j] = (float)(generator_number(&generator) / 3);
        }
        const struct parameter *p = &parameters->table[i];
        parameter_import(p, 0, parameter_outputs(p), dense, flat);
    }
    free(dense);
    return flat;
}

static const uint32_t abc[] = {'a', 'b', 'c'};

/* The file has the model's tensors, followed by `others` more. */
static void check_tensors(const struct checkpoint *checkpoint, const struct parameters *p,
                          size_t others) {
    for (size_t i = 0; i < p->count; i++) {
        const struct safetensors_tensor *stored = safetensors_at(checkpoint_file(checkpoint), i);
        ck_assert_str_eq(stored->name, p->table[i].name);
        ck_assert_int_eq(stored->dtype, CHARNN_DTYPE_F32);
        ck_assert_uint_eq(stored->elements, parameter_elements(&p->table[i]));
    }
    ck_assert_uint_eq(safetensors_count(checkpoint_file(checkpoint)), p->count + others);
}

/* Writes a model with flat arrays and a state, reads it back and compares. */
static void check_round_trip(struct cell_variant variant, size_t hidden, size_t layers) {
    static const float state[2][5] = {{1, -2, 3.5F, 0.1F, -0.0F}, {1e-40F, 1e30F, 7, 8, 9}};
    struct vocab *vocab = make_vocab(CHARNN_ENCODING_UTF8, abc, 3);
    struct model *model = make_model(variant, 3, hidden, layers);
    const struct parameters *p = &model->parameters;
    float *values = make_flat(p, 1);
    float *first = make_flat(p, 2);
    float *second = make_flat(p, 3);
    const struct checkpoint_flat flats[] = {{"optim.exp_avg", first}, {"optim.exp_avg_sq", second}};
    const struct checkpoint_tensor tensor = {"state.h_l0", 2, 5, state[0]};
    struct checkpoint_contents contents = {
        .model = model,
        .values = values,
        .vocab = vocab,
        .flats = flats,
        .flat_count = 2,
        .tensors = &tensor,
        .tensor_count = 1,
    };
    write_checkpoint(path, &contents);

    struct error error = {0};
    struct checkpoint *checkpoint = open_checkpoint(path);
    ck_assert_ptr_eq(checkpoint_shape(checkpoint)->cell, model->shape.cell);
    ck_assert_uint_eq(checkpoint_shape(checkpoint)->vocab, 3);
    ck_assert_uint_eq(checkpoint_shape(checkpoint)->hidden, hidden);
    ck_assert_uint_eq(checkpoint_shape(checkpoint)->layers, layers);
    ck_assert_int_eq(checkpoint_shape(checkpoint)->peephole, variant.peephole);
    ck_assert_int_eq(checkpoint_shape(checkpoint)->skip, variant.skip);
    ck_assert_uint_eq(checkpoint_shape(checkpoint)->attention, variant.attention);
    struct model *loaded = NULL;
    check_status(checkpoint_load_model(checkpoint, CHARNN_USE_TRAIN, 1, &loaded, &error), &error);
    ck_assert_uint_eq(loaded->parameters.size, p->size);
    assert_same_bits(loaded->parameters.values, values, p->size, "weights of %s", variant.cell);
    ck_assert_ptr_nonnull(loaded->parameters.gradients);
    for (size_t i = 0; i < 2; i++) {
        float *flat = make_flat(p, 9);
        ck_assert(checkpoint_has_flat(checkpoint, flats[i].prefix));
        check_status(load_flat(checkpoint, flats[i].prefix, p, 1, flat, &error), &error);
        assert_same_bits(flat, flats[i].values, p->size, "%s of %s", flats[i].prefix, variant.cell);
        free(flat);
    }
    ck_assert(!checkpoint_has_flat(checkpoint, "optim.raw"));
    ck_assert(!checkpoint_has_flat(checkpoint, "optim.exp"));
    float read_state[2][5];
    check_status(checkpoint_load_tensor(checkpoint, "state.h_l0", 2, 5, read_state[0], &error),
                 &error);
    assert_same_bits(read_state[0], state[0], 10, "state");

    check_tensors(checkpoint, p, 2 * p->count + 1);
    model_destroy(loaded);
    checkpoint_close(checkpoint);
    free(second);
    free(first);
    free(values);
    model_destroy(model);
    vocab_destroy(vocab);
}

START_TEST(every_cell_survives_bit_for_bit) {
    struct cell_variant variant = cell_variant_at((size_t)_i);
    check_round_trip(variant, 5, 2);
    check_round_trip(variant, 1, 1);
    check_round_trip(variant, 17, 3);
}
END_TEST

/* A small model with the letters a, b and c. */
static struct checkpoint_contents make_contents(void) {
    struct model *model =
        make_model((struct cell_variant){.cell = "lstm", .peephole = true}, 3, 2, 1);
    model_initialize(model, 0.5, 7);
    return (struct checkpoint_contents){
        .model = model,
        .vocab = make_vocab(CHARNN_ENCODING_UTF8, abc, 3),
    };
}

static void destroy_contents(const struct checkpoint_contents *contents) {
    vocab_destroy((struct vocab *)contents->vocab);
    model_destroy((struct model *)contents->model);
}

START_TEST(weights_default_to_those_of_the_model) {
    struct error error = {0};
    struct checkpoint_contents contents = make_contents();
    write_checkpoint(path, &contents);
    struct checkpoint *checkpoint = open_checkpoint(path);
    ck_assert_str_eq(checkpoint_path(checkpoint), path);
    struct model *loaded = NULL;
    check_status(checkpoint_load_model(checkpoint, CHARNN_USE_RUN, 1, &loaded, &error), &error);
    assert_same_bits(loaded->parameters.values, contents.model->parameters.values,
                     loaded->parameters.size, "weights");
    ck_assert_ptr_null(loaded->parameters.gradients);
    float *flat = make_flat(&loaded->parameters, 9);
    check_status(load_flat(checkpoint, "", &loaded->parameters, 1, flat, &error), &error);
    assert_same_bits(flat, loaded->parameters.values, loaded->parameters.size, "flat weights");
    free(flat);
    /* A copy of the largest tensor, weight_ih [4 * 2, 3], and JSON for three symbols. */
    ck_assert_uint_eq(checkpoint_write_memory(contents.model), 24 * sizeof(float) + 3 * 240);
    model_destroy(loaded);
    checkpoint_close(checkpoint);
    checkpoint_close(NULL);
    destroy_contents(&contents);
}
END_TEST

START_TEST(the_metadata_is_as_specified) {
    struct checkpoint_contents contents = make_contents();
    write_checkpoint(path, &contents);
    struct checkpoint *checkpoint = open_checkpoint(path);
    ck_assert_str_eq(metadata(checkpoint, "charnn.format"), "1");
    ck_assert_str_eq(metadata(checkpoint, "charnn.version"), CHARNN_VERSION);
    ck_assert_str_eq(
        metadata(checkpoint, "charnn.config"),
        "{\"model\":\"lstm\",\"lstm_variant\":\"vanilla\",\"rnn_size\":2,\"num_layers\":1,"
        "\"peephole\":true,\"skip\":false,\"attention\":0}");
    ck_assert_str_eq(metadata(checkpoint, "charnn.vocab"),
                     "{\"encoding\":\"utf8\",\"symbols\":[\"a\",\"b\",\"c\"]}");
    ck_assert_ptr_null(metadata(checkpoint, "charnn.training"));
    ck_assert_ptr_null(checkpoint_training(checkpoint));
    checkpoint_close(checkpoint);
    destroy_contents(&contents);
}
END_TEST

/* Programs that know no variants refuse a file of one, and only that. */
START_TEST(a_variant_has_a_format_of_its_own) {
    struct checkpoint_contents contents = {.vocab = make_vocab(CHARNN_ENCODING_UTF8, abc, 3)};
    for (size_t i = 0; i < cell_count; i++) {
        const struct cell *cell = cell_at(i);
        contents.model = make_model((struct cell_variant){.cell = cell->name}, 3, 2, 1);
        write_checkpoint(path, &contents);
        struct checkpoint *checkpoint = open_checkpoint(path);
        ck_assert_str_eq(metadata(checkpoint, "charnn.format"), cell->variant != NULL ? "3" : "1");
        ck_assert_ptr_eq(checkpoint_shape(checkpoint)->cell, cell);
        checkpoint_close(checkpoint);
        model_destroy((struct model *)contents.model);
    }
    vocab_destroy((struct vocab *)contents.vocab);
}
END_TEST

START_TEST(the_models_shape_overrides_the_settings) {
    struct error error = {0};
    struct checkpoint_contents contents = make_contents();
    cJSON *config = NULL;
    cJSON *training = NULL;
    check_status(json_create_object(&config, &error), &error);
    check_status(json_add_double(config, "dropout", 0.1, &error), &error);
    check_status(json_add_size(config, "rnn_size", 512, &error), &error);
    check_status(json_add_string(config, "model", "gru", &error), &error);
    check_status(json_add_size(config, "seed", 123, &error), &error);
    check_status(json_create_object(&training, &error), &error);
    check_status(json_add_double(training, "val", 1.0 / 3, &error), &error);
    check_status(json_add_double(training, "best_val", NAN, &error), &error);
    contents.config = config;
    contents.training = training;
    write_checkpoint(path, &contents);
    struct checkpoint *checkpoint = open_checkpoint(path);
    ck_assert_str_eq(metadata(checkpoint, "charnn.config"),
                     "{\"dropout\":0.1,\"rnn_size\":2,\"model\":\"lstm\",\"seed\":123,"
                     "\"lstm_variant\":\"vanilla\",\"num_layers\":1,\"peephole\":true,"
                     "\"skip\":false,\"attention\":0}");
    ck_assert_str_eq(metadata(checkpoint, "charnn.training"),
                     "{\"val\":0.3333333333333333,\"best_val\":null}");
    double value = 0;
    check_status(json_get_double(checkpoint_training(checkpoint), "x", "val", &value, &error),
                 &error);
    ck_assert_double_eq(value, 1.0 / 3);
    size_t seed = 0;
    check_status(json_get_size(checkpoint_config(checkpoint), "x", "seed", &seed, &error), &error);
    ck_assert_uint_eq(seed, 123);
    ck_assert_str_eq(cJSON_GetObjectItem(config, "model")->valuestring, "gru");

    /* Parsed settings can be written again. */
    contents.config = checkpoint_config(checkpoint);
    contents.training = checkpoint_training(checkpoint);
    write_checkpoint(other_path, &contents);
    struct checkpoint *again = open_checkpoint(other_path);
    ck_assert_str_eq(metadata(again, "charnn.config"), metadata(checkpoint, "charnn.config"));
    checkpoint_close(again);
    checkpoint_close(checkpoint);
    cJSON_Delete(training);
    cJSON_Delete(config);
    destroy_contents(&contents);
}
END_TEST

START_TEST(the_same_contents_give_the_same_bytes) {
    struct error error = {0};
    struct checkpoint_contents contents = make_contents();
    write_checkpoint(path, &contents);
    struct checkpoint *checkpoint = open_checkpoint(path);
    struct model *loaded = NULL;
    check_status(checkpoint_load_model(checkpoint, CHARNN_USE_RUN, 1, &loaded, &error), &error);
    const struct checkpoint_contents copy = {
        .model = loaded,
        .vocab = checkpoint_vocab(checkpoint),
        .config = checkpoint_config(checkpoint),
    };
    write_checkpoint(other_path, &copy);
    struct file_bytes first;
    struct file_bytes second;
    check_status(file_bytes_init(&first, path, &error), &error);
    check_status(file_bytes_init(&second, other_path, &error), &error);
    ck_assert_uint_eq(first.size, second.size);
    ck_assert_mem_eq(first.data, second.data, first.size);
    file_bytes_deinit(&second);
    file_bytes_deinit(&first);
    model_destroy(loaded);
    checkpoint_close(checkpoint);
    destroy_contents(&contents);
}
END_TEST

START_TEST(a_failed_write_is_an_error) {
    struct error error = {0};
    struct checkpoint_contents contents = make_contents();
    ck_assert_int_eq(checkpoint_write("/no/such/folder/x", &contents, &error), CHARNN_ERROR_IO);
    ck_assert_str_eq(error.message,
                     "cannot open the folder of /no/such/folder/x: No such file or directory");
    destroy_contents(&contents);
}
END_TEST

/* ---- vocabularies -----------------------------------------------------------------------------
 */

static void check_vocab_text(enum encoding encoding, const uint32_t *codes, size_t count,
                             const char *expected) {
    struct error error = {0};
    struct vocab *vocab = make_vocab(encoding, codes, count);
    struct vocab *read = NULL;
    char *text = NULL;
    check_status(vocab_to_json(vocab, &text, &error), &error);
    ck_assert_str_eq(text, expected);
    check_status(vocab_from_json(text, "x", &read, &error), &error);
    ck_assert_int_eq(vocab_encoding(read), encoding);
    ck_assert_uint_eq(vocab_size(read), count);
    ck_assert_mem_eq(vocab_codes(read), codes, count * sizeof *codes);
    vocab_destroy(read);
    memory_free(text);
    vocab_destroy(vocab);
}

START_TEST(every_kind_of_symbol_survives) {
    static const uint32_t codes[] = {
        'z',  0,      '"',     '\\',     '\n',   0x1F,   0x7F,    '/',
        0xE9, 0x20AC, 0x1F600, 0x10FFFF, 0xFFFE, 0xD7FF, 0x10000, CHARNN_RAW_BYTE + 0x80,
        'a',  0xFF,   0xFEFF,  0x2028,   0xE000, 0x80,   0x7FF,   CHARNN_RAW_BYTE + 0xFF,
    };
    check_vocab_text(CHARNN_ENCODING_UTF8, codes, sizeof codes / sizeof codes[0],
                     "{\"encoding\":\"utf8\",\"symbols\":[\"z\",0,\"\\\"\",\"\\\\\",\"\\n\","
                     "\"\\u001f\",\"\x7F\",\"/\",\"\u00E9\",\"\u20AC\",\"\U0001F600\","
                     "\"\U0010FFFF\",\"\uFFFE\",\"\uD7FF\",\"\U00010000\",128,\"a\",\"\u00FF\","
                     "\"\uFEFF\",\"\u2028\",\"\uE000\",\"\xC2\x80\",\"\u07FF\",255]}");
}
END_TEST

START_TEST(the_unknown_symbol_survives) {
    const uint32_t codes[] = {'<', CHARNN_SYMBOL_UNKNOWN, 0xE9};
    check_vocab_text(CHARNN_ENCODING_UTF8, codes, 3,
                     "{\"encoding\":\"utf8\",\"symbols\":[\"<\",\"<unknown>\",\"é\"]}");
}
END_TEST

START_TEST(every_byte_survives) {
    uint32_t codes[256];
    for (uint32_t byte = 0; byte < 256; byte++) {
        codes[255 - byte] = byte < 0x80 ? byte : CHARNN_RAW_BYTE + byte;
    }
    struct error error = {0};
    struct vocab *vocab = make_vocab(CHARNN_ENCODING_BYTES, codes, 256);
    struct vocab *read = NULL;
    char *text = NULL;
    check_status(vocab_to_json(vocab, &text, &error), &error);
    check_status(vocab_from_json(text, "x", &read, &error), &error);
    ck_assert_int_eq(vocab_encoding(read), CHARNN_ENCODING_BYTES);
    ck_assert_uint_eq(vocab_size(read), 256);
    ck_assert_mem_eq(vocab_codes(read), codes, sizeof codes);
    vocab_destroy(read);
    memory_free(text);
    vocab_destroy(vocab);
}
END_TEST

START_TEST(escapes_and_small_numbers_are_symbols_too) {
    static const uint32_t codes[] = {0xE9, 0x1F600, 'A', CHARNN_RAW_BYTE + 0xE9, 0x7F};
    struct error error = {0};
    struct vocab *read = NULL;
    check_status(vocab_from_json("{\"symbols\": [\"\\u00e9\", \"\\ud83d\\ude00\", 65, 233, 127], "
                                 "\"encoding\": \"utf8\", \"origin\": null}",
                                 "x", &read, &error),
                 &error);
    ck_assert_uint_eq(vocab_size(read), 5);
    ck_assert_mem_eq(vocab_codes(read), codes, sizeof codes);
    vocab_destroy(read);
}
END_TEST

/* The position that cJSON reports differs between its versions, so it is not compared. */
static void check_message(const struct error *error, const char *expected) {
    const char *place = strstr(error->message, " near byte ");
    if (place != NULL) {
        ck_assert_int_eq(strncmp(error->message, expected, strlen(expected)), 0);
        ck_assert_ptr_eq(place + strlen(" near byte"), error->message + strlen(expected));
    } else {
        ck_assert_str_eq(error->message, expected);
    }
}

static const struct {
    const char *text;
    const char *message;
} bad_vocabs[] = {
    {"", "x is empty, which is not JSON"},
    {"[\"a\"]", "x is not a JSON object"},
    {"{\"symbols\":[\"a\"]}", "x lacks \"encoding\""},
    {"{\"encoding\":8,\"symbols\":[\"a\"]}", "x: \"encoding\" must be a string"},
    {"{\"encoding\":\"latin1\",\"symbols\":[\"a\"]}",
     "x: \"encoding\" is \"latin1\"; it must be \"utf8\" or \"bytes\""},
    {"{\"encoding\":\"auto\",\"symbols\":[\"a\"]}",
     "x: \"encoding\" is \"auto\"; it must be \"utf8\" or \"bytes\""},
    {"{\"encoding\":\"utf8\"}", "x lacks \"symbols\""},
    {"{\"encoding\":\"utf8\",\"symbols\":\"ab\"}", "x: \"symbols\" must be a list"},
    {"{\"encoding\":\"utf8\",\"symbols\":[]}", "x: the vocabulary is empty"},
    {"{\"encoding\":\"utf8\",\"symbols\":[\"a\",\"bc\"]}",
     "x: symbol 1, \"bc\", is not exactly one character"},
    {"{\"encoding\":\"utf8\",\"symbols\":[\"e\xCC\x81\"]}",
     "x: symbol 0, \"e\xCC\x81\", is not exactly one character"},
    {"{\"encoding\":\"utf8\",\"symbols\":[\"a\",\"b\",\"\"]}",
     "x: symbol 2, \"\", is not exactly one character"},
    {"{\"encoding\":\"utf8\",\"symbols\":[256]}",
     "x: symbol 0 is neither a string nor a byte from 0 to 255"},
    {"{\"encoding\":\"utf8\",\"symbols\":[-1]}",
     "x: symbol 0 is neither a string nor a byte from 0 to 255"},
    {"{\"encoding\":\"utf8\",\"symbols\":[128.5]}",
     "x: symbol 0 is neither a string nor a byte from 0 to 255"},
    {"{\"encoding\":\"utf8\",\"symbols\":[\"a\",null]}",
     "x: symbol 1 is neither a string nor a byte from 0 to 255"},
    {"{\"encoding\":\"utf8\",\"symbols\":[[\"a\"]]}",
     "x: symbol 0 is neither a string nor a byte from 0 to 255"},
    {"{\"encoding\":\"utf8\",\"symbols\":[\"a\",\"b\",\"a\"]}",
     "x: the vocabulary's entries 0 and 2 are both 'a' (U+0061)"},
    {"{\"encoding\":\"utf8\",\"symbols\":[\"<end>\",\"a\",\"<end>\"]}",
     "x: the vocabulary's entries 0 and 2 are both the end of a record"},
    {"{\"encoding\":\"utf8\",\"symbols\":[\"a\",97]}",
     "x: the vocabulary's entries 0 and 1 are both 'a' (U+0061)"},
    {"{\"encoding\":\"bytes\",\"symbols\":[\"\xC3\xA9\"]}",
     "x: the vocabulary's entry 0, '\xC3\xA9' (U+00E9), is not a byte, though the encoding is "
     "bytes"},
    {"{\"encoding\":\"utf8\",\"symbols\":[\"\\ud800\"]}",
     "x cannot be read as JSON: something unexpected near byte"},
    {"{\"encoding\":\"utf8\",\"symbols\":[\"\\udc00\"]}",
     "x cannot be read as JSON: something unexpected near byte"},
    {"{\"encoding\":\"utf8\",\"symbols\":[\"\xED\xA0\x80\"]}",
     "x cannot be read as JSON: bytes that are not UTF-8 at byte 31"},
    {"{\"encoding\":\"utf8\",\"symbols\":[\"\\u0000\"]}",
     "x cannot be read as JSON: a NUL in a string at byte 31"},
    {"{\"encoding\":\"utf8\",\"encoding\":\"utf8\",\"symbols\":[\"a\"]}",
     "x has the key \"encoding\" twice"},
};

START_TEST(a_bad_vocabulary_is_refused) {
    struct error error = {0};
    struct vocab *vocab = NULL;
    ck_assert_int_eq(vocab_from_json(bad_vocabs[_i].text, "x", &vocab, &error),
                     CHARNN_ERROR_FORMAT);
    ck_assert_ptr_null(vocab);
    check_message(&error, bad_vocabs[_i].message);
}
END_TEST

/* ---- files that are refused -------------------------------------------------------------------
 */

struct declaration {
    const char *name;
    enum safetensors_dtype dtype;
    size_t rank;
    size_t shape[3];
};

/* The tensors of one rnn layer of 2 units over 3 symbols. */
enum { SMALL_TENSORS = 6, SMALL_DATA = 4096 };
static const struct declaration small_tensors[SMALL_TENSORS] = {
    {"rnn.weight_ih_l0", CHARNN_DTYPE_F32, 2, {2, 3}},
    {"rnn.weight_hh_l0", CHARNN_DTYPE_F32, 2, {2, 2}},
    {"rnn.bias_ih_l0", CHARNN_DTYPE_F32, 1, {2}},
    {"rnn.bias_hh_l0", CHARNN_DTYPE_F32, 1, {2}},
    {"decoder.weight", CHARNN_DTYPE_F32, 2, {3, 2}},
    {"decoder.bias", CHARNN_DTYPE_F32, 1, {3}},
};

#define SMALL_CONFIG "{\"model\":\"rnn\",\"rnn_size\":2,\"num_layers\":1}"
#define SMALL_VOCAB "{\"encoding\":\"utf8\",\"symbols\":[\"a\",\"b\",\"c\"]}"

/* How a file differs from a valid one with those tensors. */
struct deviation {
    const char *format, *config, *vocab, *training; /* NULL: valid ones, no training */
    const char *without;                            /* key or tensor left out */
    struct declaration tensor; /* replaces the tensor of that name, or comes last */
};

/* Declares the tensors and returns the size of their data in bytes. */
static size_t declare_tensors(struct safetensors_writer *writer, const struct deviation *deviation,
                              const char *without) {
    struct error error = {0};
    const struct declaration *other = &deviation->tensor;
    bool replaced = other->name == NULL;
    size_t bytes = 0;
    for (size_t i = 0; i <= SMALL_TENSORS; i++) {
        const struct declaration *tensor = i < SMALL_TENSORS ? &small_tensors[i] : other;
        if (i == SMALL_TENSORS ? replaced : strcmp(tensor->name, without) == 0) {
            continue;
        }
        if (!replaced && strcmp(tensor->name, other->name) == 0) {
            tensor = other;
            replaced = true;
        }
        size_t size = safetensors_dtype_size(tensor->dtype);
        for (size_t j = 0; j < tensor->rank; j++) {
            size *= tensor->shape[j];
        }
        check_status(safetensors_writer_declare(writer, tensor->name, tensor->dtype, tensor->shape,
                                                tensor->rank, &error),
                     &error);
        bytes += size;
    }
    return bytes;
}

static void write_deviation(const struct deviation *deviation, const void *data) {
    struct error error = {0};
    const char *const metadata[][2] = {
        {"charnn.format", deviation->format != NULL ? deviation->format : "1"},
        {"charnn.config", deviation->config != NULL ? deviation->config : SMALL_CONFIG},
        {"charnn.vocab", deviation->vocab != NULL ? deviation->vocab : SMALL_VOCAB},
        {"charnn.training", deviation->training},
    };
    const char *without = deviation->without != NULL ? deviation->without : "";
    struct safetensors_writer *writer = NULL;
    check_status(safetensors_writer_create(path, &writer, &error), &error);
    for (size_t i = 0; i < sizeof metadata / sizeof metadata[0]; i++) {
        const char *const *entry = metadata[i];
        if (entry[1] != NULL && strcmp(entry[0], without) != 0) {
            check_status(safetensors_writer_add_metadata(writer, entry[0], entry[1], &error),
                         &error);
        }
    }
    size_t bytes = declare_tensors(writer, deviation, without);
    check_status(safetensors_writer_begin_data(writer, &error), &error);
    check_status(safetensors_writer_write(writer, data, bytes, &error), &error);
    check_status(safetensors_writer_commit(writer, &error), &error);
    safetensors_writer_destroy(writer);
}

/* `message` is what follows the path. */
static void check_refused(const char *message) {
    struct error error = {0};
    struct checkpoint *checkpoint = NULL;
    ck_assert_int_eq(checkpoint_open(path, &checkpoint, &error), CHARNN_ERROR_FORMAT);
    ck_assert_ptr_null(checkpoint);
    ck_assert_int_eq(strncmp(error.message, path, strlen(path)), 0);
    struct error rest = error;
    (void)snprintf(rest.message, sizeof rest.message, "%s", error.message + strlen(path));
    check_message(&rest, message);
}

#define NEEDED " for 1 rnn layer of 2 units over 3 symbols"
#define NO_CHECKPOINT " is a safetensors file but not a charnn checkpoint: its metadata lacks "
#define ONE_OF_TWO                                                                                 \
    ": \"records\" in charnn.config and \"<end>\" in charnn.vocab require each other, but "        \
    "only one is present"
#define HOW_TO_ADD "; models/README.md says how to add it"

static const struct {
    struct deviation deviation;
    const char *message;
} bad_files[] = {
    {{.without = "charnn.format"}, NO_CHECKPOINT "\"charnn.format\"" HOW_TO_ADD},
    {{.without = "charnn.config"}, NO_CHECKPOINT "\"charnn.config\"" HOW_TO_ADD},
    {{.without = "charnn.vocab"}, NO_CHECKPOINT "\"charnn.vocab\"" HOW_TO_ADD},
    {{.format = "4"}, ": format version 4 is newer than this charnn reads (3); use a newer charnn"},
    {{.format = "10", .config = "[]"},
     ": format version 10 is newer than this charnn reads (3); use a newer charnn"},
    {{.format = "99999999999999999999"},
     ": format version 99999999999999999999 is newer than this charnn reads (3); use a newer "
     "charnn"},
    {{.format = "0"}, ": charnn.format is \"0\", which is not a version number"},
    {{.format = "01"}, ": charnn.format is \"01\", which is not a version number"},
    {{.format = "-1"}, ": charnn.format is \"-1\", which is not a version number"},
    {{.format = ""}, ": charnn.format is \"\", which is not a version number"},
    {{.format = "1.0"}, ": charnn.format is \"1.0\", which is not a version number"},
    {{.format = "one\n"}, ": charnn.format is \"one?\", which is not a version number"},
    {{.config = "lstm"}, ": charnn.config cannot be read as JSON: something unexpected near byte"},
    {{.config = "[]"}, ": charnn.config is not a JSON object"},
    {{.config = "{\"rnn_size\":2,\"num_layers\":1}"}, ": charnn.config lacks \"model\""},
    {{.config = "{\"model\":1,\"rnn_size\":2,\"num_layers\":1}"},
     ": charnn.config: \"model\" must be a string"},
    {{.config = "{\"model\":\"LSTM\",\"rnn_size\":2,\"num_layers\":1}"},
     ": charnn.config: \"model\" is \"LSTM\"; this charnn supports lstm, gru, rnn"},
    {{.config = "{\"model\":\"lstm-cifg\",\"rnn_size\":2,\"num_layers\":1}"},
     ": charnn.config: \"model\" is \"lstm-cifg\"; this charnn supports lstm, gru, rnn"},
    {{.config = "{\"model\":\"lstm\",\"lstm_variant\":\"new\",\"rnn_size\":2,\"num_layers\":1}"},
     ": charnn.config: \"lstm_variant\" is \"new\", which this charnn does not know for lstm"},
    {{.config = "{\"model\":\"rnn\",\"lstm_variant\":\"nig\",\"rnn_size\":2,\"num_layers\":1}"},
     ": charnn.config: \"lstm_variant\" is \"nig\", which this charnn does not know for rnn"},
    {{.config = "{\"model\":\"lstm\",\"lstm_variant\":1,\"rnn_size\":2,\"num_layers\":1}"},
     ": charnn.config: \"lstm_variant\" must be a string"},
    {{.config = "{\"model\":\"rnn\",\"num_layers\":1}"}, ": charnn.config lacks \"rnn_size\""},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":2}"}, ": charnn.config lacks \"num_layers\""},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":0,\"num_layers\":1}"},
     ": charnn.config: \"rnn_size\" is 0; it must be from 1 to 65536"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":65537,\"num_layers\":1}"},
     ": charnn.config: \"rnn_size\" is 65537; it must be from 1 to 65536"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":2,\"num_layers\":0}"},
     ": charnn.config: \"num_layers\" is 0; it must be from 1 to 1024"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":2,\"num_layers\":1025}"},
     ": charnn.config: \"num_layers\" is 1025; it must be from 1 to 1024"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":-2,\"num_layers\":1}"},
     ": charnn.config: \"rnn_size\" must be a whole number from 0 to 9007199254740991"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":2.5,\"num_layers\":1}"},
     ": charnn.config: \"rnn_size\" must be a whole number from 0 to 9007199254740991"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":\"2\",\"num_layers\":1}"},
     ": charnn.config: \"rnn_size\" must be a whole number from 0 to 9007199254740991"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":2,\"num_layers\":1,\"records\":5}"},
     ": charnn.config: \"records\" must be a string"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":2,\"num_layers\":1,\"records\":\"line\"}"},
     ONE_OF_TWO},
    {{.vocab = "{\"encoding\":\"utf8\",\"symbols\":[\"a\",\"b\",\"<end>\"]}"}, ONE_OF_TWO},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":2,\"num_layers\":1,\"peephole\":true}"},
     ": charnn.config: \"peephole\" is true, but rnn has no peepholes"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":2,\"num_layers\":1,\"peephole\":1}"},
     ": charnn.config: \"peephole\" must be true or false"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":2,\"num_layers\":1,\"skip\":1}"},
     ": charnn.config: \"skip\" must be true or false"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":2,\"num_layers\":1,\"attention\":65537}"},
     ": charnn.config: \"attention\" is 65537; it must be from 0 to 65536"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":2,\"rnn_size\":2,\"num_layers\":1}"},
     ": charnn.config has the key \"rnn_size\" twice"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":65536,\"num_layers\":1024}"},
     ": the file is far too small for 1024 rnn layers of 65536 units over 3 symbols"},
    {{.config = "{\"model\":\"lstm\",\"rnn_size\":2,\"num_layers\":2,\"peephole\":true}"},
     ": tensor \"rnn.weight_ih_l0\" has shape [2, 3]; expected [8, 3] for 2 lstm layers "
     "of 2 units with peepholes over 3 symbols"},
    {{.config = "{\"model\":\"rnn\",\"rnn_size\":2,\"num_layers\":1024}"},
     ": tensor \"rnn.weight_ih_l1\" is missing; expected shape [2, 2] for 1024 rnn layers "
     "of 2 units over 3 symbols"},
    {{.vocab = "{\"encoding\":\"utf8\",\"symbols\":[\"a\",\"b\",\"cd\"]}"},
     ": charnn.vocab: symbol 2, \"cd\", is not exactly one character"},
    {{.vocab = "{\"encoding\":\"utf8\",\"symbols\":[]}"},
     ": charnn.vocab: the vocabulary is empty"},
    {{.vocab = "{\"encoding\":\"utf8\",\"symbols\":[\"a\",\"b\"]}"},
     ": tensor \"rnn.weight_ih_l0\" has shape [2, 3]; expected [2, 2] for 1 rnn layer of 2 "
     "units over 2 symbols"},
    {{.training = "[]"}, ": charnn.training is not a JSON object"},
    {{.training = ""}, ": charnn.training is empty, which is not JSON"},
    {{.without = "rnn.bias_hh_l0"},
     ": tensor \"rnn.bias_hh_l0\" is missing; expected shape [2]" NEEDED},
    {{.without = "decoder.bias"},
     ": tensor \"decoder.bias\" is missing; expected shape [3]" NEEDED},
    {{.tensor = {"rnn.weight_hh_l0", CHARNN_DTYPE_F32, 2, {4, 1}}},
     ": tensor \"rnn.weight_hh_l0\" has shape [4, 1]; expected [2, 2]" NEEDED},
    {{.tensor = {"rnn.bias_ih_l0", CHARNN_DTYPE_F32, 2, {2, 1}}},
     ": tensor \"rnn.bias_ih_l0\" has shape [2, 1]; expected [2]" NEEDED},
    {{.tensor = {"rnn.bias_ih_l0", CHARNN_DTYPE_F32, 0, {0}}},
     ": tensor \"rnn.bias_ih_l0\" has shape []; expected [2]" NEEDED},
    {{.tensor = {"decoder.weight", CHARNN_DTYPE_I32, 2, {3, 2}}},
     ": tensor \"decoder.weight\" has dtype I32; expected F32, F64, F16 or BF16"},
    {{.tensor = {"rnn.weight_ih_l0_reverse", CHARNN_DTYPE_F32, 2, {2, 3}}},
     ": tensor \"rnn.weight_ih_l0_reverse\" does not belong to 1 rnn layer of 2 units over 3 "
     "symbols"},
    {{.tensor = {"rnn.weight_ih_l1", CHARNN_DTYPE_F32, 2, {2, 2}}},
     ": tensor \"rnn.weight_ih_l1\" does not belong to 1 rnn layer of 2 units over 3 symbols"},
};

static const float zeros[SMALL_DATA / sizeof(float)];

START_TEST(a_bad_file_is_refused) {
    write_deviation(&bad_files[_i].deviation, zeros);
    check_refused(bad_files[_i].message);
}
END_TEST

START_TEST(unknown_tensors_and_settings_are_ignored) {
    static const struct deviation good = {
        .training = "{}",
        .config = "{\"model\":\"rnn\",\"rnn_size\":2,\"num_layers\":1,\"peephole\":false,\"x\":{}}",
        .tensor = {"extra.weight", CHARNN_DTYPE_I64, 3, {1, 2, 3}},
    };
    write_deviation(&good, zeros);
    struct checkpoint *checkpoint = open_checkpoint(path);
    ck_assert(cJSON_IsObject(checkpoint_training(checkpoint)));
    ck_assert_uint_eq(checkpoint_shape(checkpoint)->hidden, 2);
    checkpoint_close(checkpoint);
}
END_TEST

START_TEST(a_missing_file_is_refused) {
    struct error error = {0};
    struct checkpoint *checkpoint = NULL;
    ck_assert_int_eq(checkpoint_open("/no/such/file", &checkpoint, &error), CHARNN_ERROR_IO);
    ck_assert_str_eq(error.message, "cannot open /no/such/file: No such file or directory");
    ck_assert_int_eq(checkpoint_open("/", &checkpoint, &error), CHARNN_ERROR_IO);
    ck_assert_ptr_null(checkpoint);
    check_refused(" is not a safetensors file: it has 0 bytes, fewer than the 8 of the header "
                  "length");
}
END_TEST

/* Overwrites an element of a tensor's data in the file at `path`. */
static void write_element(const struct checkpoint *checkpoint, const char *tensor, size_t element,
                          const void *value, size_t size) {
    const struct safetensors *file = checkpoint_file(checkpoint);
    size_t data_size = 0;
    size_t before = 0;
    for (size_t i = 0; i < safetensors_count(file); i++) {
        before = strcmp(safetensors_at(file, i)->name, tensor) == 0 ? data_size : before;
        data_size += safetensors_at(file, i)->size;
    }
    FILE *stream = fopen(path, "r+b");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(fseek(stream, (long)(before + element * size) - (long)data_size, SEEK_END), 0);
    ck_assert_uint_eq(fwrite(value, size, 1, stream), 1);
    ck_assert_int_eq(fclose(stream), 0);
}

/* write_element(), then updates the checksum. */
static void patch(const struct checkpoint *checkpoint, const char *tensor, size_t element,
                  const void *value, size_t size) {
    write_element(checkpoint, tensor, element, value, size);
    checksum_update_file(path);
}

static void assert_not_finite(const struct error *error, const char *tensor, size_t element) {
    char message[512];
    (void)snprintf(message, sizeof message, "%s: tensor \"%s\": element %zu is not a finite float",
                   path, tensor, element);
    ck_assert_int_eq(error->status, CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error->message, message);
}

static void check_not_finite(const struct deviation *deviation, const char *tensor, size_t element,
                             const void *value, size_t size) {
    struct error error = {0};
    struct model *model = NULL;
    write_deviation(deviation, zeros);
    struct checkpoint *checkpoint = open_checkpoint(path);
    check_status(checkpoint_load_model(checkpoint, CHARNN_USE_RUN, 1, &model, &error), &error);
    model_destroy(model);
    patch(checkpoint, tensor, element, value, size);
    checkpoint_close(checkpoint);

    checkpoint = open_checkpoint(path);
    ck_assert_int_eq(checkpoint_load_model(checkpoint, CHARNN_USE_RUN, 1, &model, &error),
                     CHARNN_ERROR_FORMAT);
    ck_assert_ptr_null(model);
    assert_not_finite(&error, tensor, element);
    checkpoint_close(checkpoint);
}

START_TEST(weights_must_be_finite_floats) {
    const float nan_value = NAN;
    const float infinity = -INFINITY;
    const double too_large = 1e39;
    const struct deviation good = {.training = NULL};
    const struct deviation wide = {.tensor = {"decoder.bias", CHARNN_DTYPE_F64, 1, {3}}};
    check_not_finite(&good, "rnn.weight_ih_l0", 0, &nan_value, sizeof nan_value);
    check_not_finite(&good, "decoder.weight", 5, &infinity, sizeof infinity);
    check_not_finite(&wide, "decoder.bias", 2, &too_large, sizeof too_large);
}
END_TEST

static const size_t thread_counts[] = {1, 2, 3, 7};
enum { THREAD_COUNTS = sizeof thread_counts / sizeof thread_counts[0] };

/* Large enough for more than one thread; its parameters have many pieces. */
static struct checkpoint_contents make_large_contents(void) {
    return (struct checkpoint_contents){
        .model = make_model((struct cell_variant){.cell = "lstm"}, 3, 530, 1),
        .vocab = make_vocab(CHARNN_ENCODING_UTF8, abc, 3),
    };
}

/* Makes the header of the file at `path` one byte longer, so that all floats are misaligned. */
static void misalign_file(void) {
    struct error error = {0};
    struct file_bytes bytes;
    check_status(file_bytes_init(&bytes, path, &error), &error);
    uint64_t length;
    memcpy(&length, bytes.data, sizeof length);
    size_t header = sizeof length + length;
    length++;
    ck_assert_int_eq(unlink(path), 0); /* the mapping keeps the bytes */
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(&length, sizeof length, 1, stream), 1);
    ck_assert_uint_eq(fwrite(bytes.data + sizeof length, header - sizeof length, 1, stream), 1);
    ck_assert_int_eq(fputc(' ', stream), ' ');
    ck_assert_uint_eq(fwrite(bytes.data + header, bytes.size - header, 1, stream), 1);
    ck_assert_int_eq(fclose(stream), 0);
    file_bytes_deinit(&bytes);
    checksum_update_file(path);
}

/* The file at `path` has the weights `values`, for any number of threads. */
static void check_weights(const float *values, size_t size) {
    struct error error = {0};
    struct checkpoint *checkpoint = open_checkpoint(path);
    size_t most = 1 + checkpoint_size(checkpoint) / CHARNN_BYTES_PER_THREAD;
    ck_assert_uint_gt(most, 1);
    for (size_t i = 0; i < THREAD_COUNTS; i++) {
        size_t threads = thread_counts[i];
        struct model *loaded = NULL;
        faults_clear();
        check_status(checkpoint_load_model(checkpoint, CHARNN_USE_RUN, threads, &loaded, &error),
                     &error);
        if (faults_available()) {
            ck_assert_uint_eq(faults_calls(FAULT_THREAD), (threads < most ? threads : most) - 1);
        }
        assert_same_bits(loaded->parameters.values, values, size, "%zu threads", threads);
        float *flat = make_flat(&loaded->parameters, 9);
        check_status(load_flat(checkpoint, "", &loaded->parameters, threads, flat, &error), &error);
        assert_same_bits(flat, values, size, "flat, %zu threads", threads);
        free(flat);
        model_destroy(loaded);
    }
    checkpoint_close(checkpoint);
}

START_TEST(threads_read_the_same_weights) {
    struct checkpoint_contents contents = make_large_contents();
    const struct parameters *p = &contents.model->parameters;
    float *values = make_flat(p, 1);
    contents.values = values;
    write_checkpoint(path, &contents);
    check_weights(values, p->size);
    misalign_file(); /* floats cannot be used in place */
    check_weights(values, p->size);
    free(values);
    destroy_contents(&contents);
}
END_TEST

START_TEST(one_thread_reads_if_no_other_can_be_started) {
    struct error error = {0};
    struct checkpoint_contents contents = make_large_contents();
    write_checkpoint(path, &contents);
    struct checkpoint *checkpoint = open_checkpoint(path);
    struct model *loaded = NULL;
    faults_clear();
    faults_add(FAULT_THREAD, 1, SIZE_MAX, EAGAIN);
    check_status(checkpoint_load_model(checkpoint, CHARNN_USE_RUN, 2, &loaded, &error), &error);
    ck_assert_uint_eq(faults_failed(FAULT_THREAD), faults_available() ? 1 : 0);
    faults_clear();
    ck_assert_int_eq(error.status, CHARNN_OK);
    assert_same_bits(loaded->parameters.values, contents.model->parameters.values,
                     loaded->parameters.size, "weights");
    model_destroy(loaded);
    checkpoint_close(checkpoint);
    destroy_contents(&contents);
}
END_TEST

static void check_damaged(size_t threads) {
    struct error error = {0};
    char start[512];
    struct checkpoint *checkpoint;
    struct model *model;
    (void)snprintf(start, sizeof start, "%s is damaged: its checksum is ", path);
    ck_assert_int_eq(checkpoint_open_model(path, threads, &checkpoint, &model, &error),
                     CHARNN_ERROR_FORMAT);
    ck_assert_ptr_null(checkpoint);
    ck_assert_ptr_null(model);
    ck_assert_int_eq(strncmp(error.message, start, strlen(start)), 0);
}

/* One thread checks the checksum while others read. */
START_TEST(threads_that_read_detect_damage) {
    struct error error = {0};
    const float other_value = 0.25F;
    const float nan_value = NAN;
    struct checkpoint_contents contents = make_large_contents();
    write_checkpoint(path, &contents);
    struct checkpoint *checkpoint = open_checkpoint(path);
    for (size_t i = 0; i < THREAD_COUNTS; i++) {
        struct checkpoint *opened = NULL;
        struct model *model = NULL;
        check_status(checkpoint_open_model(path, thread_counts[i], &opened, &model, &error),
                     &error);
        assert_same_bits(model->parameters.values, contents.model->parameters.values,
                         model->parameters.size, "%zu threads", thread_counts[i]);
        model_destroy(model);
        checkpoint_close(opened);
    }
    write_element(checkpoint, "decoder.bias", 2, &other_value, sizeof other_value);
    for (size_t i = 0; i < 2 * THREAD_COUNTS; i++) {
        check_damaged(thread_counts[i % THREAD_COUNTS]);
    }
    write_element(checkpoint, "rnn.weight_hh_l0", 3, &nan_value, sizeof nan_value);
    for (size_t i = 0; i < 2 * THREAD_COUNTS; i++) {
        check_damaged(thread_counts[i % THREAD_COUNTS]);
    }
    checkpoint_close(checkpoint);
    destroy_contents(&contents);
}
END_TEST

/* With two bad weights the error names the first in order, for any number of threads. */
static void check_first_bad(const struct checkpoint_contents *contents, const char *tensor,
                            size_t element, const char *later, size_t later_element) {
    struct error error = {0};
    const float nan_value = NAN;
    const struct parameters *p = &contents->model->parameters;
    float *flat = make_flat(p, 1);
    write_checkpoint(path, contents);
    struct checkpoint *checkpoint = open_checkpoint(path);
    patch(checkpoint, later, later_element, &nan_value, sizeof nan_value);
    patch(checkpoint, tensor, element, &nan_value, sizeof nan_value);
    checkpoint_close(checkpoint);
    checkpoint = open_checkpoint(path);
    for (size_t i = 0; i < 4 * THREAD_COUNTS; i++) {
        size_t threads = thread_counts[i % THREAD_COUNTS];
        ck_assert_int_eq(load_flat(checkpoint, "", p, threads, flat, &error), CHARNN_ERROR_FORMAT);
        assert_not_finite(&error, tensor, element);
    }
    checkpoint_close(checkpoint);
    free(flat);
}

START_TEST(threads_report_the_first_bad_weight) {
    struct checkpoint_contents small = make_contents();
    check_first_bad(&small, "rnn.weight_hh_l0", 3, "decoder.bias", 0);
    destroy_contents(&small);
    struct checkpoint_contents large = make_large_contents();
    check_first_bad(&large, "rnn.weight_hh_l0", 130 * 530 + 7, "rnn.weight_hh_l0", 1500 * 530);
    destroy_contents(&large);
}
END_TEST

START_TEST(arrays_for_resuming_are_checked) {
    struct error error = {0};
    char message[512];
    static const float state[6];
    struct checkpoint_contents contents = make_contents();
    const struct checkpoint_tensor tensor = {"optim.exp_avg.rnn.weight_ih_l0", 3, 2, state};
    const struct parameters *p = &contents.model->parameters;
    float *flat = make_flat(p, 1);
    contents.tensors = &tensor;
    contents.tensor_count = 1;
    write_checkpoint(path, &contents);
    struct checkpoint *checkpoint = open_checkpoint(path);
    ck_assert(checkpoint_has_flat(checkpoint, "optim.exp_avg"));
    ck_assert_int_eq(load_flat(checkpoint, "optim.exp_avg", p, 1, flat, &error),
                     CHARNN_ERROR_FORMAT);
    (void)snprintf(message, sizeof message,
                   "%s: tensor \"optim.exp_avg.rnn.weight_ih_l0\" has shape [3, 2]; expected "
                   "[8, 3] for resuming the run",
                   path);
    ck_assert_str_eq(error.message, message);
    float values[6];
    ck_assert_int_eq(checkpoint_load_tensor(checkpoint, "state.h_l0", 3, 2, values, &error),
                     CHARNN_ERROR_FORMAT);
    (void)snprintf(message, sizeof message,
                   "%s: tensor \"state.h_l0\" is missing; expected shape [3, 2] for resuming the "
                   "run",
                   path);
    ck_assert_str_eq(error.message, message);
    checkpoint_close(checkpoint);
    free(flat);
    destroy_contents(&contents);
}
END_TEST

/* ---- files of other programs ------------------------------------------------------------------
 */

/* A checkpoint's model as a network of one stream. */
struct loaded {
    struct checkpoint *checkpoint;
    struct model *model;
    struct thread_pool *pool;
    struct network *network;
};

static struct loaded open_network(const char *name, size_t steps) {
    struct error error = {0};
    struct loaded loaded = {.checkpoint = open_checkpoint(name)};
    const struct network_plan plan = {.batch = 1, .steps = steps};
    check_status(checkpoint_load_model(loaded.checkpoint, CHARNN_USE_RUN, 1, &loaded.model, &error),
                 &error);
    check_status(thread_pool_create(1, &loaded.pool, &error), &error);
    check_status(network_create(loaded.model, loaded.pool, &plan, &loaded.network, &error), &error);
    return loaded;
}

static void close_network(const struct loaded *loaded) {
    network_destroy(loaded->network);
    thread_pool_destroy(loaded->pool);
    model_destroy(loaded->model);
    checkpoint_close(loaded->checkpoint);
}

static const double *expected_values(const struct loaded *loaded, const char *name, size_t count) {
    static double values[128];
    const struct safetensors_tensor *tensor =
        safetensors_find(checkpoint_file(loaded->checkpoint), name);
    ck_assert_ptr_nonnull(tensor);
    ck_assert_int_eq(tensor->dtype, CHARNN_DTYPE_F64);
    ck_assert_uint_eq(tensor->elements, count);
    ck_assert_uint_le(count, sizeof values / sizeof values[0]);
    memcpy(values, tensor->data, tensor->size);
    return values;
}

START_TEST(a_model_of_pytorch_scores_as_in_pytorch) {
    enum { LONGEST = 128 };
    const struct tolerance tolerance = {.absolute = 1e-5, .relative = 1e-4};
    struct error error = {0};
    struct loaded loaded = open_network("tests/golden/lstm.safetensors", LONGEST);
    const char *text = metadata(loaded.checkpoint, "expected.text");
    int32_t ids[LONGEST];
    size_t count = 0;
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_le(strlen(text), LONGEST);
    check_status(vocab_encode_text(checkpoint_vocab(loaded.checkpoint), false, "the text",
                                   (const unsigned char *)text, strlen(text), ids, &count, &error),
                 &error);
    ck_assert_uint_eq(vocab_size(checkpoint_vocab(loaded.checkpoint)), 10);
    ck_assert_uint_eq(count, 34);
    ck_assert_uint_eq(checkpoint_shape(loaded.checkpoint)->layers, 2);
    ck_assert(!checkpoint_shape(loaded.checkpoint)->peephole);

    float nats[LONGEST];
    double sum = 0;
    network_score(loaded.network, ids, ids + 1, count - 1, nats);
    assert_floats(nats, expected_values(&loaded, "expected.nats", count - 1), count - 1, tolerance,
                  "nats");
    for (size_t i = 0; i + 1 < count; i++) {
        sum += (double)nats[i];
    }
    sum /= (double)(count - 1);
    assert_doubles(&sum, expected_values(&loaded, "expected.loss", 1), 1, tolerance, "loss");
    network_forward(loaded.network, ids + count - 1, 1);
    assert_floats(network_logits(loaded.network, 0),
                  expected_values(&loaded, "expected.logits", 10), 10, tolerance, "logits");
    close_network(&loaded);
}
END_TEST

START_TEST(the_example_of_the_specification_works) {
    struct loaded loaded = open_network("tests/golden/ab.safetensors", 1);
    for (int32_t id = 0; id < 2; id++) {
        network_forward(loaded.network, &id, 1);
        const float *logits = network_logits(loaded.network, 0);
        const double expected = 3 * tanh(3);
        assert_floats(&logits[1 - id], &expected, 1, (struct tolerance){.absolute = 1e-6}, "next");
        ck_assert_float_eq(logits[id], -logits[1 - id]);
    }
    close_network(&loaded);
}
END_TEST

Suite *checkpoint_suite(void) {
    Suite *suite = suite_create("checkpoint");
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, make_paths, remove_paths);
    tcase_add_loop_test(files, every_cell_survives_bit_for_bit, 0, (int)cell_variant_count());
    tcase_add_test(files, weights_default_to_those_of_the_model);
    tcase_add_test(files, the_metadata_is_as_specified);
    tcase_add_test(files, a_variant_has_a_format_of_its_own);
    tcase_add_test(files, the_models_shape_overrides_the_settings);
    tcase_add_test(files, the_same_contents_give_the_same_bytes);
    tcase_add_test(files, a_failed_write_is_an_error);
    tcase_add_loop_test(files, a_bad_file_is_refused, 0,
                        (int)(sizeof bad_files / sizeof bad_files[0]));
    tcase_add_test(files, unknown_tensors_and_settings_are_ignored);
    tcase_add_test(files, a_missing_file_is_refused);
    tcase_add_test(files, weights_must_be_finite_floats);
    tcase_add_test(files, threads_read_the_same_weights);
    tcase_add_test(files, one_thread_reads_if_no_other_can_be_started);
    tcase_add_test(files, threads_that_read_detect_damage);
    tcase_add_test(files, threads_report_the_first_bad_weight);
    tcase_add_test(files, arrays_for_resuming_are_checked);
    suite_add_tcase(suite, files);
    TCase *vocabs = tcase_create("vocabularies");
    tcase_add_test(vocabs, every_kind_of_symbol_survives);
    tcase_add_test(vocabs, every_byte_survives);
    tcase_add_test(vocabs, the_unknown_symbol_survives);
    tcase_add_test(vocabs, escapes_and_small_numbers_are_symbols_too);
    tcase_add_loop_test(vocabs, a_bad_vocabulary_is_refused, 0,
                        (int)(sizeof bad_vocabs / sizeof bad_vocabs[0]));
    suite_add_tcase(suite, vocabs);
    TCase *others = tcase_create("others");
    tcase_add_test(others, a_model_of_pytorch_scores_as_in_pytorch);
    tcase_add_test(others, the_example_of_the_specification_works);
    suite_add_tcase(suite, others);
    return suite;
}
