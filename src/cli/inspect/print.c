#include "base/memory.h"
#include "cli/inspect/beside.h"
#include "cli/inspect/inspect.h"
#include "cli/inspect/reach_report.h"
#include "cli/terminal/format.h"
#include "cli/terminal/stream.h"
#include "infer/inside/gates.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBER = 32 };

/* The mean over the units of a layer. */
static struct gate_use layer_use(const struct inspect *inspect, size_t layer, size_t kind) {
    size_t units = inspect->recording->units;
    struct gate_use mean = {0, 0};
    for (size_t unit = 0; unit < units; unit++) {
        const struct recording_place place = {.layer = layer, .kind = kind, .unit = unit};
        const struct gate_use use = inspect_gate_use(inspect, place);
        mean.open += use.open / (double)units;
        mean.shut += use.shut / (double)units;
    }
    return mean;
}

static enum status print_gates(const struct inspect *inspect, struct error *error) {
    const struct recording *r = inspect->recording;
    size_t kinds[CHARNN_INSPECT_GATES];
    size_t count = inspect_gates(inspect, kinds);
    FILE *out = inspect->eval.out;
    enum status status =
        count > 0 ? stream_printf(out, error, "\nlayer  gate   open   shut\n") : CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < r->layers * count; i++) {
        size_t kind = kinds[i % count];
        const struct gate_use use = layer_use(inspect, i / count, kind);
        status = stream_printf(out, error, "%5zu  %-4c  %5.3f  %5.3f\n", i / count, r->names[kind],
                               use.open, use.shut);
    }
    return status;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum status print_memory(const struct inspect *inspect, struct error *error) {
    const struct recording *r = inspect->recording;
    double *memory;
    if (inspect->eval.model->shape.cell->keep_gate < 0) {
        return CHARNN_OK;
    }
    if (MEMORY_NEW(&memory, r->units, "memory lengths", error) != CHARNN_OK) {
        return error->status;
    }
    enum status status =
        stream_printf(inspect->eval.out, error, "\nlayer  memory  longest (characters)\n");
    for (size_t layer = 0; status == CHARNN_OK && layer < r->layers; layer++) {
        for (size_t unit = 0; unit < r->units; unit++) {
            memory[unit] = inspect_memory(inspect, layer, unit);
        }
        qsort(memory, r->units, sizeof *memory, compare);
        status = stream_printf(inspect->eval.out, error, "%5zu  %6.1f  %7.1f\n", layer,
                               memory[r->units / 2], memory[r->units - 1]);
    }
    memory_free(memory);
    return status;
}

/* A number that may be missing. */
static const char *score_text(double score, char text[NUMBER]) {
    (void)snprintf(text, NUMBER, "%.3f", score);
    return isnan(score) ? "-" : text;
}

/* A row per feature: for programs with tabs, for people in columns. */
static enum status print_ranking(const struct inspect *inspect, struct error *error) {
    const struct recording *r = inspect->recording;
    FILE *out = inspect->eval.out;
    bool tabs = inspect->settings->rank;
    enum status status = stream_printf(
        out, error, "%s",
        tabs ? "feature\tmeasure\tlayer\tunit\tvalue\tfirst half\tsecond half\n"
             : "\nfeature             measure  layer  unit  value  first half  second half\n");
    for (size_t i = 0; status == CHARNN_OK && i < inspect->match_count; i++) {
        const struct probe_match *match = &inspect->matches[i];
        const struct feature *feature = &features[match->feature];
        const struct recording_place place = recording_place(r, match->series);
        char first[NUMBER];
        char second[NUMBER];
        status = stream_printf(out, error,
                               tabs ? "%s\t%s\t%zu\t%zu\t%c\t%s\t%s\n"
                                    : "%-18s  %-7s  %5zu  %4zu  %-5c  %10s  %11s\n",
                               feature->label, feature->graded ? "r" : "AUC", place.layer,
                               place.unit, r->names[place.kind], score_text(match->first, first),
                               score_text(match->second, second));
    }
    return status;
}

static enum status print_head(const struct inspect *inspect, struct error *error) {
    char model[CHARNN_INSPECT_MODEL];
    char count[CHARNN_FORMAT_SIZE];
    inspect_describe_model(&inspect->eval.model->shape, model);
    return stream_printf(inspect->eval.out, error,
                         "model       %s\ncharacters  %s\nnats/char   %.4f\n", model,
                         format_count(inspect->recording->length, count), inspect_nats(inspect));
}

enum status inspect_print(const struct inspect *inspect, struct error *error) {
    if (!inspect->settings->rank &&
        (print_head(inspect, error) != CHARNN_OK || print_gates(inspect, error) != CHARNN_OK ||
         print_memory(inspect, error) != CHARNN_OK || beside_print(inspect, error) != CHARNN_OK)) {
        return error->status;
    }
    enum status status = print_ranking(inspect, error);
    return status == CHARNN_OK && !inspect->settings->rank ? inspect_print_reach(inspect, error)
                                                           : status;
}
