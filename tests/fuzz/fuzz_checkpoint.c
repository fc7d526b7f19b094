/* Checkpoints: any bytes are refused with a sentence or yield a model with finite weights. */
#include "base/json.h"
#include "base/memory.h"
#include "base/xxh64.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/checksum.h"
#include "checkpoint/safetensors.h"
#include "fuzz/input.h"
#include "nn/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Almost no changed file would pass the checksum, so the checksum is corrected. */
static void fix_checksum(uint8_t *bytes, size_t size) {
    static const char lead[] = CHARNN_CHECKSUM_LEAD;
    const size_t place = CHARNN_CHECKSUM_PLACE;
    if (size < place + CHARNN_CHECKSUM_DIGITS ||
        memcmp(bytes + CHARNN_SAFETENSORS_LENGTH, lead, sizeof lead - 1) != 0) {
        return;
    }
    memcpy(bytes + place, CHARNN_CHECKSUM_BLANK, CHARNN_CHECKSUM_DIGITS);
    const struct checksum_digits digits = checksum_digits(xxh64_bytes(bytes, size, 0));
    memcpy(bytes + place, digits.text, CHARNN_CHECKSUM_DIGITS);
}

/* Reads a character with the weights in the type in which they are stored. */
static void run_model(const struct checkpoint *checkpoint, bool loads) {
    const struct network_plan plan = {.batch = 1, .steps = 1};
    const int32_t id = 0;
    struct error error = {0};
    struct model *model;
    struct network *network;
    enum status status = checkpoint_load_model(checkpoint, CHARNN_USE_RUN, 1, &model, &error);
    input_check((status == CHARNN_OK) == loads, "the same verdict for each type");
    if (loads && network_create(model, NULL, &plan, &network, &error) == CHARNN_OK) {
        network_forward(network, &id, 1);
        network_destroy(network);
    }
    model_destroy(model);
}

static void load(const struct checkpoint *checkpoint) {
    struct error error = {0};
    struct model *model;
    enum status status = checkpoint_load_model(checkpoint, CHARNN_USE_VALUES, 1, &model, &error);
    input_check((model != NULL) == (status == CHARNN_OK), "a model or an error");
    run_model(checkpoint, model != NULL);
    for (size_t i = 0; model != NULL && i < model->parameters.size; i++) {
        input_check(isfinite(model->parameters.values[i]), "finite weights");
    }
    void *flat = NULL;
    struct thread_pool *pool = NULL;
    if (model != NULL && checkpoint_has_flat(checkpoint, "optim.exp_avg") &&
        thread_pool_create(1, &pool, &error) == CHARNN_OK &&
        memory_allocate(model->parameters.size, sizeof(float), "a test", &flat, &error) ==
            CHARNN_OK) {
        (void)!checkpoint_load_flat(checkpoint, "optim.exp_avg", &model->parameters, pool, flat,
                                    &error);
    }
    thread_pool_destroy(pool);
    float state[6];
    (void)!checkpoint_load_tensor(checkpoint, "state.h_l0", 3, 2, state, &error);
    memory_free(flat);
    model_destroy(model);
}

int fuzz_input(const uint8_t *data, size_t size) {
    struct error error = {0};
    struct checkpoint *checkpoint;
    json_install_allocator();
    uint8_t *copy = malloc(size + 1);
    input_check(copy != NULL, "memory");
    memcpy(copy, data, size);
    fix_checksum(copy, size);
    if (checkpoint_open(input_file(copy, size), &checkpoint, &error) == CHARNN_OK) {
        load(checkpoint);
        checkpoint_close(checkpoint);
    } else {
        input_check(checkpoint == NULL && strlen(error.message) > 20, "an error message");
    }
    free(copy);
    return 0;
}
