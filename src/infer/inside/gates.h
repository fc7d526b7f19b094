/* How the gates of a recording are used over its text, as in Karpathy, Johnson & Li (2015), section
 * 4.2. */
#ifndef CHARNN_INFER_INSIDE_GATES_H
#define CHARNN_INFER_INSIDE_GATES_H

#include <stddef.h>

/* Fractions of the time that a gate is open, above 0.9, or shut, below 0.1. */
struct gate_use {
    double open, shut;
};

struct gate_use gate_use(const float *series, size_t length);

/*
 * The memory of a cell, in characters: after that many, 1/e is left of what it held, because it
 * keeps the fraction keep[t] at each. So it is -length / (sum of ln keep[t]): infinite if the cell
 * never forgets, 0 if it once forgets all.
 */
double gate_memory(const float *keep, size_t length);

#endif
