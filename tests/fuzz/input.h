/* Inputs of fuzzing as files, for what reads files only. */
#ifndef CHARNN_FUZZ_INPUT_H
#define CHARNN_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls, again and again; each fuzz_*.c has one (llvm.org/docs/LibFuzzer.html). */
int fuzz_input(const uint8_t *data, size_t size) __asm__("LLVMFuzzerTestOneInput");

/*
 * The path of a file in memory with these bytes, the same at every call: the file of the last call
 * is replaced. Trouble ends the process, as does a false check().
 */
const char *input_file(const uint8_t *data, size_t size);

/* Ends the process unless `truth` holds: a property that every input must have. */
void input_check(int truth, const char *what);

#endif
