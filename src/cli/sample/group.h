/* A group of texts that are drawn side by side, one in each stream of the generator. */
#ifndef CHARNN_CLI_SAMPLE_GROUP_H
#define CHARNN_CLI_SAMPLE_GROUP_H

#include "cli/sample/text.h"

struct group {
    struct sampling *s;
    struct sampled_text *texts;  /* [s->streams] */
    size_t count;                /* of texts */
    struct sampled_text **drawn; /* [s->streams]: the texts of the next group_draw() */
    size_t drawn_count;
    bool live;    /* the first text has begun on the output and is printed while it is drawn */
    size_t steps; /* symbols of each text that are drawn at once */
    int32_t *ids; /* [steps][drawn_count] these symbols */
    double *nats; /* likewise; NULL without --json */
};

/* Memory for a group of s->streams texts. Released with group_deinit(), also after an error. */
CHARNN_MUST_CHECK enum status group_init(struct group *group, struct sampling *s,
                                         struct error *error);

void group_deinit(struct group *group);

/* Draws the texts of `drawn`, which must be empty, to their ends. Errors: those of
 * sampled_text_add(), generator_write() and, if `live`, sampling_write(). */
CHARNN_MUST_CHECK enum status group_draw(const struct group *group, struct error *error);

/* Prints the text except its last `pending` bytes. Errors: those of sampling_write(). */
CHARNN_MUST_CHECK enum status group_print(const struct group *group, struct sampled_text *text,
                                          size_t pending, struct error *error);

#endif
