/* What the benchmark found, as a table for people and as JSON for programs. */
#ifndef CHARNN_BENCH_REPORT_H
#define CHARNN_BENCH_REPORT_H

#include "measure.h"
#include "phases.h"

#include <stdbool.h>

struct report;

/* How it was measured; printed above the table. */
CHARNN_MUST_CHECK enum status report_create(const struct measure_settings *settings,
                                            struct report **report, struct error *error);
void report_destroy(struct report *report);

/* Prints the line of one case and keeps it for the JSON. */
CHARNN_MUST_CHECK enum status report_add(struct report *report, const struct bench_case *bench_case,
                                         const struct measurement *measurement,
                                         struct error *error);

/* Adds to the last case where its time went. */
CHARNN_MUST_CHECK enum status report_add_phases(struct report *report,
                                                const double shares[CHARNN_PHASE_COUNT],
                                                struct error *error);

CHARNN_MUST_CHECK enum status report_write_json(const struct report *report, const char *path,
                                                struct error *error);

#endif
