#include "infer/reader.h"

#include "base/memory.h"

enum { STEPS = 64 };

struct reader {
    struct thread_pool *alone; /* one thread: a single stream has no work for more */
    struct network *network;
};

static struct network_plan plan_for(const struct model *model) {
    return (struct network_plan){.batch = 1, .steps = STEPS, .plain = network_better_plain(model)};
}

enum status reader_create(struct model *model, struct reader **reader, struct error *error) {
    *reader = NULL;
    void *memory;
    if (memory_allocate(1, sizeof **reader, "the reader", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct reader *made = memory;
    const struct network_plan plan = plan_for(model);
    if (thread_pool_create(1, &made->alone, error) != CHARNN_OK ||
        network_create(model, made->alone, &plan, &made->network, error) != CHARNN_OK) {
        reader_destroy(made);
        return error->status;
    }
    *reader = made;
    return CHARNN_OK;
}

void reader_destroy(struct reader *reader) {
    if (reader != NULL) {
        network_destroy(reader->network);
        thread_pool_destroy(reader->alone);
        memory_free(reader);
    }
}

size_t reader_memory(const struct model *model) {
    const struct network_plan plan = plan_for(model);
    return network_memory(model, &plan, 1);
}

void reader_restart(struct reader *reader) {
    network_update_weights(reader->network);
    network_reset_state(reader->network);
}

void reader_read(struct reader *reader, const int32_t *ids, size_t count) {
    for (size_t i = 0; i < count; i += STEPS) {
        network_forward(reader->network, ids + i, count - i < STEPS ? count - i : STEPS);
    }
}

struct network *reader_network(struct reader *reader) {
    return reader->network;
}
