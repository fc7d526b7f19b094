/* The cells of each kernel set, in the order of CHARNN_CELLS. */
#ifndef CHARNN_NN_CELLS_CELL_TABLE_H
#define CHARNN_NN_CELLS_CELL_TABLE_H

#include "kernels/sets.h"
#include "nn/cells/cell.h"

#define CHARNN_SET_CELLS(set) extern const struct cell *const cells_##set[];
CHARNN_SETS(CHARNN_SET_CELLS)
#undef CHARNN_SET_CELLS

#endif
