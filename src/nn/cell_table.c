/* The cells of one kernel set. Compiled once per set, like the cells themselves. */
#include "nn/cell_table.h"
#include "kernels/vec.h"

#define CELL_DECLARE(name) extern const struct cell KERNEL_NAME(cell_##name);
CHARNN_CELLS(CELL_DECLARE)
#undef CELL_DECLARE

#define CELL_ROW(name) &KERNEL_NAME(cell_##name),
const struct cell *const KERNEL_NAME(cells)[] = {CHARNN_CELLS(CELL_ROW)};
#undef CELL_ROW
