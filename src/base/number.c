#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>

void number_format(double value, char text[CHARNN_NUMBER_SIZE]) {
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, CHARNN_NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            return;
        }
    }
}

void number_add(struct text *text, double value) {
    char digits[CHARNN_NUMBER_SIZE];
    number_format(value, digits);
    text_add(text, "%s", digits);
}
