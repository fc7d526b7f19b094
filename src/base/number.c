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
