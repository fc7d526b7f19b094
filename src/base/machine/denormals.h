/*
 * Denormal numbers: floats below 2^-126, doubles below 2^-1022. Many processors need a hundred
 * times longer for an operation with one. Gates that are shut, or open without bounds, make so many
 * of them that a training step takes 25 times as long.
 */
#ifndef CHARNN_BASE_MACHINE_DENORMALS_H
#define CHARNN_BASE_MACHINE_DENORMALS_H

/* From now on, arithmetic of the calling thread and of threads that it starts reads denormal
 * numbers as 0 and gives 0 instead of them, doubles too. x86-64 and 64-bit ARM do the same, but for
 * results that would round up to 2^-126: there only x86-64 rounds. Does nothing on other machines.
 */
void denormals_flush(void);

#endif
