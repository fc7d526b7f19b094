#include "nn/pieces.h"

/* How pieces are cut. */
struct cut {
    size_t threads;
    size_t widest; /* columns */
};

/* The widest pieces, or less if that gives each thread the same number of pieces. */
static size_t piece_width(size_t columns, struct cut cut) {
    size_t threads = cut.threads;
    size_t rounds = (columns + threads * cut.widest - 1) / (threads * cut.widest);
    return size_round_up((columns + rounds * threads - 1) / (rounds * threads), CHARNN_PANEL);
}

/* Adds the pieces of the columns [begin, end) of one layer; returns the new count. */
static size_t split_columns(struct piece *pieces, size_t count, size_t layer, size_t begin,
                            size_t end, struct cut cut) {
    size_t width = begin < end ? piece_width(end - begin, cut) : 1;
    for (size_t j = begin; j < end; j += width, count++) {
        if (pieces != NULL) {
            pieces[count].layer = layer;
            pieces[count].n_begin = j;
            pieces[count].n_end = end - j < width ? end : j + width;
        }
    }
    return count;
}

/* Large pieces first: the small ones at the end even out the threads. */
size_t pieces_split(const struct model *model, size_t threads, size_t widest,
                    struct piece *pieces) {
    const struct cut cut = {threads, widest};
    const struct model_shape *shape = &model->shape;
    size_t fused = shape->cell->fused_gates * model->hidden_stride;
    size_t columns = shape->cell->gates * model->hidden_stride;
    size_t count = 0;
    for (size_t l = shape->layers; l-- > 0;) {
        count = split_columns(pieces, count, l, 0, fused, cut);
        count = split_columns(pieces, count, l, fused, columns, cut);
    }
    for (size_t matrix = shape->attention > 0 ? 2 : 0; matrix > 0; matrix--) {
        count = split_columns(pieces, count, shape->layers + matrix, 0, model->hidden_stride, cut);
    }
    return split_columns(pieces, count, shape->layers, 0, model->vocab_stride, cut);
}

bool piece_take(struct piece *piece, size_t round) {
    return atomic_load_explicit(&piece->taken, memory_order_relaxed) != round &&
           atomic_exchange_explicit(&piece->taken, round, memory_order_relaxed) != round;
}
