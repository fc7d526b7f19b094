/* Time that only moves forward. */
#ifndef CHARNN_BASE_CLOCK_H
#define CHARNN_BASE_CLOCK_H

/* Seconds since some fixed moment, unaffected by changes of the date. */
double clock_seconds(void);

#endif
