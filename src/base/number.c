#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void number_format(double value, char text[CHARNN_NUMBER_SIZE]) {
    if (fabs(value) < 0x1p53 && value == floor(value)) {
        (void)snprintf(text, CHARNN_NUMBER_SIZE, "%.0f", value);
        return;
    }
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
