/* Surprise as heat: levels of bits, and their colours. */
#ifndef CHARNN_CLI_EVAL_HEAT_H
#define CHARNN_CLI_EVAL_HEAT_H

enum { CHARNN_HEAT_LEVELS = 8 };

struct heat_colour {
    double bits;     /* the least of the level */
    int terminal;    /* of 256; 0 for the level that has none */
    const char *css; /* background */
};

/* From the least surprise to the most; the first level has no colour. */
extern const struct heat_colour heat_colours[CHARNN_HEAT_LEVELS];

/* The level of a character of this many nats. */
int heat_level(double nats);

#endif
