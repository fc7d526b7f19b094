/* The cells of one kernel set. Compiled once per set, like the cells themselves. */
#include "nn/cells/cell_table.h"
#include "kernels/vec.h"

#define CELL_DECLARE(name) extern const struct cell KERNEL_NAME(cell_##name);
#define VARIANT_DECLARE(name) CELL_DECLARE(lstm_##name)
CHARNN_CELLS(CELL_DECLARE)
CHARNN_LSTM_VARIANTS(VARIANT_DECLARE)
#undef VARIANT_DECLARE
#undef CELL_DECLARE

#define CELL_ROW(name) &KERNEL_NAME(cell_##name),
#define VARIANT_ROW(name) CELL_ROW(lstm_##name)
const struct cell *const KERNEL_NAME(cells)[] = {CHARNN_CELLS(CELL_ROW)
                                                     CHARNN_LSTM_VARIANTS(VARIANT_ROW)};
#undef VARIANT_ROW
#undef CELL_ROW
