/* Helpers of the fuzzers. */
#ifndef CHARNN_FUZZ_INPUT_H
#define CHARNN_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

/* The function that libFuzzer calls for each input (llvm.org/docs/LibFuzzer.html). */
int fuzz_input(const uint8_t *data, size_t size) __asm__("LLVMFuzzerTestOneInput");

/*
 * Writes the bytes to a file in memory and returns its path, which is the same for all calls: a
 * call replaces the file of the call before. An error ends the process.
 */
const char *input_file(const uint8_t *data, size_t size);

/* Ends the process if `truth`, a property of all inputs, is false. */
void input_check(int truth, const char *what);

#endif
