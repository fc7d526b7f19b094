/*
 * Finds the faster of two ways to do the same work while the work goes on, and goes on with it. If
 * conditions change, for example because another process takes a processor, so does the way.
 *
 * The work comes in pieces. The favourite, way 0 at first, does the work in rounds of 10 ms. The
 * other way gets a trial of 2 ms, or of 4 pieces if these take longer and it is less than twice as
 * slow, and becomes the favourite if it was faster. A trial comes after two rounds that were
 * slower than the last trial of the other way, since one may have met a mere pause; else after
 * 10 ms, 20 ms, ... 0.5 s, or after 20 times what the last trial took if that is longer.
 */
#ifndef CHARNN_BASE_MACHINE_FASTER_H
#define CHARNN_BASE_MACHINE_FASTER_H

#include <stddef.h>

/* Zero-initialized: nothing is known. */
struct faster {
    size_t way;       /* of the next piece: the favourite, or the other in a trial */
    size_t favourite; /* 0 or 1 */
    size_t kind;      /* of the pieces that were measured */
    double pace[2];   /* seconds per piece in the last trial, or in the better of the last two
                         rounds; 0: not measured */
    double last;      /* likewise in the favourite's last round alone */
    double seconds;   /* of this round or trial */
    size_t pieces;
    double since; /* seconds since the last trial */
    double stay;  /* the most seconds until the next */
};

/* The way of the next pieces, 0 or 1. Only pieces of the same kind are compared: another kind than
 * that of the pieces before begins the measurement again. */
size_t faster_way(struct faster *faster, size_t kind);

/* What `pieces` >= 1 pieces took, which followed each other in that way. */
void faster_tell(struct faster *faster, double seconds, size_t pieces);

#endif
