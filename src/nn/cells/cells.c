#include "nn/cells/cell_table.h"

#include "kernels/dispatch.h"

#include <string.h>

#define CELL_ONE(name) +1
const size_t cell_count = 0 CHARNN_CELLS(CELL_ONE) CHARNN_LSTM_VARIANTS(CELL_ONE);
#undef CELL_ONE

#define SET_ROW(set) [CHARNN_SET_##set] = cells_##set,
static const struct cell *const *const cells[] = {CHARNN_SETS(SET_ROW)};
#undef SET_ROW

const struct cell *cell_at(size_t index) {
    return cells[kernels_current()->set][index];
}

const struct cell *cell_find(const char *name) {
    for (size_t i = 0; i < cell_count; i++) {
        if (strcmp(cell_at(i)->name, name) == 0) {
            return cell_at(i);
        }
    }
    return NULL;
}

static bool has_variant(const struct cell *cell, const char *variant) {
    if (cell->variant != NULL) {
        return strcmp(cell->variant, variant) == 0;
    }
    return strcmp(variant, "np") == 0 ||
           (cell->peephole_count > 0 && strcmp(variant, "vanilla") == 0);
}

const struct cell *cell_of_settings(const char *model, const char *variant) {
    for (size_t i = 0; i < cell_count; i++) {
        if (strcmp(cell_model(cell_at(i)), model) == 0 && has_variant(cell_at(i), variant)) {
            return cell_at(i);
        }
    }
    return NULL;
}

const char *cell_model(const struct cell *cell) {
    return cell->variant != NULL ? "lstm" : cell->name;
}

const char *cell_variant(const struct cell *cell, bool peephole) {
    if (cell->variant != NULL) {
        return cell->variant;
    }
    return peephole ? "vanilla" : "np";
}
