#include "infer/prefill.h"

#include "base/memory.h"

enum { STEPS = 64 };

struct prefill {
    struct thread_pool *alone; /* one thread: a single stream has no work for more */
    struct network *network;
};

static struct network_plan plan_for(const struct model *model) {
    return (struct network_plan){
        .batch = 1, .steps = STEPS, .unpacked = network_prefers_unpacked(model)};
}

enum status prefill_create(struct model *model, struct prefill **prefill, struct error *error) {
    *prefill = NULL;
    void *memory;
    if (memory_allocate(1, sizeof **prefill, "the prefill", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct prefill *made = memory;
    const struct network_plan plan = plan_for(model);
    if (thread_pool_create(1, &made->alone, error) != CHARNN_OK ||
        network_create(model, made->alone, &plan, &made->network, error) != CHARNN_OK) {
        prefill_destroy(made);
        return error->status;
    }
    *prefill = made;
    return CHARNN_OK;
}

void prefill_destroy(struct prefill *prefill) {
    if (prefill != NULL) {
        network_destroy(prefill->network);
        thread_pool_destroy(prefill->alone);
        memory_free(prefill);
    }
}

size_t prefill_memory(const struct model *model) {
    const struct network_plan plan = plan_for(model);
    return network_memory(model, &plan, 1);
}

void prefill_restart(struct prefill *prefill) {
    network_update_weights(prefill->network);
    network_reset_state(prefill->network);
}

void prefill_read(struct prefill *prefill, const int32_t *ids, size_t count) {
    for (size_t i = 0; i < count; i += STEPS) {
        network_forward(prefill->network, ids + i, count - i < STEPS ? count - i : STEPS);
    }
}

struct network *prefill_network(struct prefill *prefill) {
    return prefill->network;
}
