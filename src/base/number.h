/* Numbers as text. */
#ifndef CHARNN_BASE_NUMBER_H
#define CHARNN_BASE_NUMBER_H

#include "base/text.h"

enum { CHARNN_NUMBER_SIZE = 32 }; /* bytes, enough for any number with its NUL */

/* Writes a finite double with the fewest digits, at least 15, that read back as the same value. A
 * whole number below 2^53 has all its digits and no exponent, so that it is read as one. A denormal
 * number, which arithmetic takes for 0, is written as "0" or "-0". */
void number_format(double value, char text[CHARNN_NUMBER_SIZE]);

/* Appends the same to a text. */
void number_add(struct text *text, double value);

#endif
