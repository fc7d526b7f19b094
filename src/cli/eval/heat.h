/* Levels of surprise: ranges of bits per character, and their colours. */
#ifndef CHARNN_CLI_EVAL_HEAT_H
#define CHARNN_CLI_EVAL_HEAT_H

enum { CHARNN_HEAT_LEVELS = 8 };

struct heat_colour {
    double bits;     /* lower bound of the level */
    int terminal;    /* background, one of xterm's 256 colours */
    const char *css; /* the same background in a page */
};

/* In ascending order; level 0 is shown without a colour. */
extern const struct heat_colour heat_colours[CHARNN_HEAT_LEVELS];

/* The level of a character that costs `nats`. */
int heat_level(double nats);

#endif
