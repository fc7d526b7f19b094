/* Monotonic time. */
#ifndef CHARNN_BASE_CLOCK_H
#define CHARNN_BASE_CLOCK_H

/* Seconds since an arbitrary moment; changes of the date have no effect. */
double clock_seconds(void);

#endif
