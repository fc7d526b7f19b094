/* How far back the models look, on the page of `charnn inspect`. */
#ifndef CHARNN_CLI_INSPECT_REACH_PICTURE_H
#define CHARNN_CLI_INSPECT_REACH_PICTURE_H

#include "cli/inspect/inspect.h"
#include "cli/page/page.h"

/* With --reach: a picture with a curve for each model, over the number of characters before (on a
 * logarithmic axis), and its numbers as a table. The picture also stands alone as SVG. */
void inspect_put_reach(struct page *page, const struct inspect *inspect);

#endif
