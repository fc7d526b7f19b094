/* The steps of `charnn inspect`, in the order in which cmd_inspect.c takes them, and what they
 * share. */
#ifndef CHARNN_CLI_INSPECT_INSPECT_H
#define CHARNN_CLI_INSPECT_INSPECT_H

#include "cli/eval/eval.h"
#include "cli/inspect/settings.h"
#include "infer/inside/mistakes.h"
#include "infer/inside/probe.h"
#include "infer/inside/reach.h"

/* "lstm, 2 layers of 128 units" */
enum { CHARNN_INSPECT_MODEL = 64 };
void inspect_describe_model(const struct model_shape *shape, char text[CHARNN_INSPECT_MODEL]);

/* What to do if memory is short. */
#define CHARNN_INSPECT_REMEDY "read fewer characters with --length"

/* How far back a model looks. */
struct inspect_reach {
    const char *path; /* of its checkpoint; borrowed */
    char model[CHARNN_INSPECT_MODEL];
    struct reach reach;
};

/* One run. */
struct inspect {
    const struct inspect_settings *settings; /* borrowed */
    struct eval eval; /* checkpoint, text, model and threads; its results are not used */
    struct recording *recording;
    unsigned char *rows; /* features of the recording's text */
    struct probe_match matches[CHARNN_FEATURE_COUNT];
    size_t match_count;
    struct eval training; /* the text of the n-gram models; this and what follows: beside.h */
    struct comparison comparison;
    struct mistakes mistakes;
    struct inspect_reach reaches[1 + CHARNN_LIST_LENGTH]; /* the model, then those of --against */
    size_t reach_count;                                   /* 0 without --reach */
};

/* Opens checkpoint and text, records and ranks. Errors: those of eval_open_text(),
 * eval_check_page(), checkpoint_load_model(), recording_create() and probe_features();
 * CHARNN_ERROR_DATA if the text has fewer than 2 known characters. */
CHARNN_MUST_CHECK enum status inspect_record(struct inspect *inspect, const struct options *options,
                                             struct error *error);

/* With --reach, measures the models on the recording's text, with a progress meter on a terminal.
 * Errors: those of checkpoint_open(), checkpoint_load_model(), eval_check_memory() and
 * reach_measure(); CHARNN_ERROR_DATA if a model of --against cannot read the text, or its weights
 * are unusable. */
CHARNN_MUST_CHECK enum status inspect_measure_reach(struct inspect *inspect, struct error *error);

/* Nats per character of the recording's text, its first symbol left out. */
double inspect_nats(const struct inspect *inspect);

/* The gates from 0 to 1 of the model's cell, as kinds of the recording. Returns their number. */
enum { CHARNN_INSPECT_GATES = 8 };
size_t inspect_gates(const struct inspect *inspect, size_t kinds[CHARNN_INSPECT_GATES]);

/* The use of a gate of one unit. */
struct gate_use inspect_gate_use(const struct inspect *inspect, struct recording_place place);

/* The memory of a unit (gate_memory()), or NaN if its cell has no gate that keeps. */
double inspect_memory(const struct inspect *inspect, size_t layer, size_t unit);

/* Prints the gates and the ranking, or only the ranking. Errors: those of stream_write(). */
CHARNN_MUST_CHECK enum status inspect_print(const struct inspect *inspect, struct error *error);

/* Prints JSON. Errors: CHARNN_ERROR_MEMORY; those of stream_write(). */
CHARNN_MUST_CHECK enum status inspect_print_json(const struct inspect *inspect,
                                                 struct error *error);

/* Writes the page. Errors: CHARNN_ERROR_IO, CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status inspect_write_page(const struct inspect *inspect,
                                                 struct error *error);

void inspect_deinit(struct inspect *inspect);

#endif
