/* Numbers as text. */
#ifndef CHARNN_BASE_NUMBER_H
#define CHARNN_BASE_NUMBER_H

#include "base/text.h"

enum { CHARNN_NUMBER_SIZE = 32 }; /* bytes, enough for any number with its NUL */

/* Writes a finite double with the fewest digits, at least 15, that read back as the same value. */
void number_format(double value, char text[CHARNN_NUMBER_SIZE]);

/* Appends the same to a text. */
void number_add(struct text *text, double value);

#endif
