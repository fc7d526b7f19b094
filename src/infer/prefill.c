#include "infer/prefill.h"

enum { STEPS = 64 };

static struct network_plan plan_for(const struct model *model) {
    return (struct network_plan){
        .batch = 1, .steps = STEPS, .unpacked = network_prefers_unpacked(model)};
}

enum status prefill_create(struct model *model, struct thread_pool *pool, struct network **network,
                           struct error *error) {
    const struct network_plan plan = plan_for(model);
    return network_create(model, pool, &plan, network, error);
}

size_t prefill_memory(const struct model *model, size_t threads) {
    const struct network_plan plan = plan_for(model);
    return network_memory(model, &plan, threads);
}

void prefill_read(struct network *network, const int32_t *ids, size_t count) {
    for (size_t i = 0; i < count; i += STEPS) {
        network_forward(network, ids + i, count - i < STEPS ? count - i : STEPS);
    }
}
