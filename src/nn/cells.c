#include "nn/cell_table.h"

#include "kernels/dispatch.h"

#include <string.h>

#define CELL_ONE(name) +1
const size_t cell_count = 0 CHARNN_CELLS(CELL_ONE);
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
