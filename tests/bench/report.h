/* The results of the benchmark, as a table and as JSON. */
#ifndef CHARNN_BENCH_REPORT_H
#define CHARNN_BENCH_REPORT_H

#include "measure.h"
#include "phases.h"

#include <stdbool.h>

struct report;

/* Describes the measurement, above the table. */
CHARNN_MUST_CHECK enum status report_create(const struct measure_settings *settings,
                                            struct report **report, struct error *error);
void report_destroy(struct report *report);

/* Prints one case and adds it to the JSON. */
CHARNN_MUST_CHECK enum status report_add(struct report *report, const struct bench_case *bench_case,
                                         const struct measurement *measurement,
                                         struct error *error);

/* Adds the phases of the last case. */
CHARNN_MUST_CHECK enum status report_add_phases(struct report *report,
                                                const double shares[CHARNN_PHASE_COUNT],
                                                struct error *error);

CHARNN_MUST_CHECK enum status report_write_json(const struct report *report, const char *path,
                                                struct error *error);

#endif
