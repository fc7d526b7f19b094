/* The gates on the page of `charnn inspect`. */
#ifndef CHARNN_CLI_INSPECT_SCATTER_H
#define CHARNN_CLI_INSPECT_SCATTER_H

#include "cli/inspect/inspect.h"
#include "cli/page/page.h"

/* For each layer and gate a picture with a circle for each unit, as in figure 3 of Karpathy,
 * Johnson & Li (2015): how much of the time the gate is shut, from left to right, and open,
 * upwards. With the memory of the cell, if it has a gate that keeps. */
void inspect_put_gates(struct page *page, const struct inspect *inspect);

#endif
