/*
 * Training on request, so that another program can take turns with it (tests/bench/peers.py).
 *
 * First it writes the model before training as FOLDER/model.safetensors and the text as
 * FOLDER/windows.i32: int32 ids, x[windows][T][B], then y the same; and prints one line of JSON
 * with the names and sizes that a peer needs. Then, for each line on standard input with a number
 * N, it trains N steps, the windows one after the other and again from the first, and prints the
 * seconds that took and the mean loss of each step, on one line. It ends with its input.
 */
#ifndef CHARNN_BENCH_SERVE_H
#define CHARNN_BENCH_SERVE_H

#include "bench.h"

CHARNN_MUST_CHECK enum status serve(const struct bench_case *bench_case, const char *folder,
                                    struct error *error);

#endif
