/*
 * Training on request, so that another program can take turns with it (tests/bench/peers.py).
 *
 * It first writes the untrained model to FOLDER/model.safetensors and the text to
 * FOLDER/windows.i32 (int32 ids: x[windows][T][B], then y likewise), and prints one line of JSON
 * with the names and sizes that a peer needs. Then, for each number N on a line of standard input,
 * it trains N steps, cycling through the windows, and prints one line with the seconds and the mean
 * loss of each step. It ends at the end of its input.
 */
#ifndef CHARNN_BENCH_SERVE_H
#define CHARNN_BENCH_SERVE_H

#include "bench.h"

CHARNN_MUST_CHECK enum status serve(const struct bench_case *bench_case, const char *folder,
                                    struct error *error);

#endif
