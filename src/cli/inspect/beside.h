/* `charnn inspect --ngrams`: the network beside n-gram models of its training text, and its errors
 * by type. Without the option the functions do nothing. */
#ifndef CHARNN_CLI_INSPECT_BESIDE_H
#define CHARNN_CLI_INSPECT_BESIDE_H

#include "cli/inspect/inspect.h"
#include "cli/page/page.h"

/* Opens the training text. The checkpoint is open. Errors: those of eval_open_text() and
 * eval_check_page(); CHARNN_ERROR_DATA if the training part is empty. */
CHARNN_MUST_CHECK enum status beside_open(struct inspect *inspect, const struct options *options,
                                          struct error *error);

/* Fills the comparison and the mistakes from the recording. Errors: those of memory_check(),
 * comparison_make() and mistakes_find(). */
CHARNN_MUST_CHECK enum status beside_compare(struct inspect *inspect, struct error *error);

/* What the page and the printed report share: characters before an error. */
enum { CHARNN_BESIDE_BEFORE = 24 };

/* Prints both, or adds them to JSON. Errors: those of stream_write(); CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status beside_print(const struct inspect *inspect, struct error *error);
CHARNN_MUST_CHECK enum status beside_describe(const struct inspect *inspect, cJSON *json,
                                              struct error *error);

/* Both on the page, as charts and examples. */
void beside_put(struct page *page, const struct inspect *inspect);

void beside_deinit(struct inspect *inspect);

#endif
