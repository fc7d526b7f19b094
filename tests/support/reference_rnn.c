#include "support/reference_rnn.h"
#include "suites.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WEIGHT_IH, WEIGHT_HH, BIAS_IH, BIAS_HH, PEEPHOLE };
enum { RECURRENT_GATES = 3 };

/* The LSTM without what Greff et al. (2015) leave out. Its gates are in the order i f g o, without
 * those that it lacks, or i f o g if these three read themselves in the next step. */
struct lstm_variant {
    const char *gates; /* "ifgo" without the missing ones */
    bool coupled;      /* i = 1 - f */
    bool recurrent;    /* i, f and o also read i, f and o of the step before */
    bool linear_input, linear_output;
};

/* One layer, stream and step: the variables of a cell's equations. */
struct moment {
    size_t hidden;
    const struct lstm_variant *variant; /* or NULL */
    const double *input;                /* [G*H] W_ih u + b_ih */
    const double *recurrent;            /* [G*H] W_hh h + b_hh */
    const double *peephole;             /* [3*H] to i, f, o, or those of them that there are */
    const double *from_gates;           /* [3 from][3*H][H] of recurrent gates */
    const double *gates_before;         /* [3*H] */
    const double *h_before, *c_before;
    const double *candidate_mask; /* [H] */
    double *activations;          /* [G*H] */
    double *h, *c;                /* after */
};

/* Their gradients: those of h and c (after) are inputs, the others are results. */
struct moment_gradient {
    const double *h, *c;
    double *input, *recurrent;
    double *peephole;     /* added to */
    const double *gates;  /* [3*H] of recurrent gates, from the step after */
    double *from_gates;   /* added to */
    double *gates_before; /* [3*H] */
    double *h_before;     /* without the part through W_hh */
    double *c_before;
};

struct reference_cell {
    const char *name;
    size_t gates;
    const struct lstm_variant *variant; /* of an LSTM, which carries c beside h */
    void (*forward)(const struct moment *m);
    void (*backward)(const struct moment *m, const struct moment_gradient *d);
};

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

/* Derivatives, from the values of sigmoid and tanh. */
static double sigmoid_slope(double s) {
    return s * (1 - s);
}

static double tanh_slope(double t) {
    return 1 - t * t;
}

static void rnn_forward(const struct moment *m) {
    for (size_t j = 0; j < m->hidden; j++) {
        m->activations[j] = tanh(m->input[j] + m->recurrent[j]);
        m->h[j] = m->activations[j];
    }
}

static void rnn_backward(const struct moment *m, const struct moment_gradient *d) {
    for (size_t j = 0; j < m->hidden; j++) {
        d->input[j] = d->h[j] * tanh_slope(m->activations[j]);
        d->recurrent[j] = d->input[j];
        d->h_before[j] = 0;
        d->c_before[j] = 0;
    }
}

static void gru_forward(const struct moment *m) {
    size_t H = m->hidden;
    for (size_t j = 0; j < H; j++) {
        double r = sigmoid(m->input[j] + m->recurrent[j]);
        double z = sigmoid(m->input[H + j] + m->recurrent[H + j]);
        double n = tanh(m->input[2 * H + j] + r * m->recurrent[2 * H + j]);
        m->h[j] = (1 - z) * m->candidate_mask[j] * n + z * m->h_before[j];
        m->activations[j] = r;
        m->activations[H + j] = z;
        m->activations[2 * H + j] = n;
    }
}

static void gru_backward(const struct moment *m, const struct moment_gradient *d) {
    size_t H = m->hidden;
    for (size_t j = 0; j < H; j++) {
        double r = m->activations[j];
        double z = m->activations[H + j];
        double n = m->activations[2 * H + j];
        double mask = m->candidate_mask[j];
        double dn = d->h[j] * (1 - z) * mask * tanh_slope(n);
        double dz = d->h[j] * (m->h_before[j] - mask * n) * sigmoid_slope(z);
        double dr = dn * m->recurrent[2 * H + j] * sigmoid_slope(r);
        d->input[j] = dr;
        d->input[H + j] = dz;
        d->input[2 * H + j] = dn;
        d->recurrent[j] = dr;
        d->recurrent[H + j] = dz;
        d->recurrent[2 * H + j] = dn * r;
        d->h_before[j] = d->h[j] * z;
        d->c_before[j] = 0;
    }
}

static const struct lstm_variant plain = {.gates = "ifgo"};
static const struct lstm_variant nig = {.gates = "fgo"};
static const struct lstm_variant nfg = {.gates = "igo"};
static const struct lstm_variant nog = {.gates = "ifg"};
static const struct lstm_variant niaf = {.gates = "ifgo", .linear_input = true};
static const struct lstm_variant noaf = {.gates = "ifgo", .linear_output = true};
static const struct lstm_variant cifg = {.gates = "fgo", .coupled = true};
static const struct lstm_variant fgr = {.gates = "ifog", .recurrent = true};

/* The block of a gate, or -1. */
static int block_of(const struct moment *m, char gate) {
    const char *at = strchr(m->variant->gates, gate);
    return at == NULL ? -1 : (int)(at - m->variant->gates);
}

/* Element j of a gate in an array [G*H], and of its peephole. */
static size_t gate_at(const struct moment *m, char gate, size_t j) {
    return (size_t)block_of(m, gate) * m->hidden + j;
}

static size_t peephole_at(const struct moment *m, char gate, size_t j) {
    bool after_g = block_of(m, gate) > block_of(m, 'g');
    return gate_at(m, gate, j) - (after_g ? m->hidden : 0);
}

static double gate_sum(const struct moment *m, char gate, size_t j) {
    return m->input[gate_at(m, gate, j)] + m->recurrent[gate_at(m, gate, j)];
}

/* Row `row` of i, f and o, from element `element` of the recurrent gates. */
static size_t from_gates_at(const struct moment *m, size_t row, size_t element) {
    size_t H = m->hidden;
    return (element / H * RECURRENT_GATES * H + row) * H + element % H;
}

/* What a gate reads of the gates of the step before. */
static double sum_from_gates(const struct moment *m, char gate, size_t j) {
    double sum = 0;
    for (size_t k = 0; m->variant->recurrent && k < RECURRENT_GATES * m->hidden; k++) {
        sum += m->from_gates[from_gates_at(m, gate_at(m, gate, j), k)] * m->gates_before[k];
    }
    return sum;
}

/* A gate that sees `cell`, which is 1 if the variant lacks it. */
static double gate_forward(const struct moment *m, char gate, size_t j, double cell) {
    if (block_of(m, gate) < 0) {
        return 1;
    }
    double value = sigmoid(gate_sum(m, gate, j) + sum_from_gates(m, gate, j) +
                           m->peephole[peephole_at(m, gate, j)] * cell);
    m->activations[gate_at(m, gate, j)] = value;
    return value;
}

static double gate_value(const struct moment *m, char gate, size_t j) {
    return block_of(m, gate) < 0 ? 1 : m->activations[gate_at(m, gate, j)];
}

/* From the gradient of a gate to its sum, its weights and its peephole. Returns the gradient of the
 * cell state that it sees. */
static double gate_backward(const struct moment *m, const struct moment_gradient *d, char gate,
                            size_t j, double gradient, double cell) {
    if (block_of(m, gate) < 0) {
        return 0;
    }
    gradient += m->variant->recurrent ? d->gates[gate_at(m, gate, j)] : 0;
    double d_sum = gradient * sigmoid_slope(gate_value(m, gate, j));
    d->input[gate_at(m, gate, j)] = d_sum;
    d->recurrent[gate_at(m, gate, j)] = d_sum;
    d->peephole[peephole_at(m, gate, j)] += d_sum * cell;
    return d_sum * m->peephole[peephole_at(m, gate, j)];
}

/* From the gradients of the sums to the gates of the step before and their weights. */
static void gates_before_backward(const struct moment *m, const struct moment_gradient *d) {
    size_t count = RECURRENT_GATES * m->hidden;
    for (size_t k = 0; k < count; k++) {
        d->gates_before[k] = 0;
        for (size_t row = 0; row < count; row++) {
            size_t at = from_gates_at(m, row, k);
            d->from_gates[at] += d->input[row] * m->gates_before[k];
            d->gates_before[k] += d->input[row] * m->from_gates[at];
        }
    }
}

static void lstm_forward(const struct moment *m) {
    for (size_t j = 0; j < m->hidden; j++) {
        double f = gate_forward(m, 'f', j, m->c_before[j]);
        double i = m->variant->coupled ? 1 - f : gate_forward(m, 'i', j, m->c_before[j]);
        double sum = gate_sum(m, 'g', j);
        double g = m->variant->linear_input ? sum : tanh(sum);
        m->activations[gate_at(m, 'g', j)] = g;
        m->c[j] = f * m->c_before[j] + i * m->candidate_mask[j] * g;
        double o = gate_forward(m, 'o', j, m->c[j]);
        m->h[j] = o * (m->variant->linear_output ? m->c[j] : tanh(m->c[j]));
    }
}

static void lstm_backward(const struct moment *m, const struct moment_gradient *d) {
    for (size_t j = 0; j < m->hidden; j++) {
        double f = gate_value(m, 'f', j);
        double i = m->variant->coupled ? 1 - f : gate_value(m, 'i', j);
        double g = gate_value(m, 'g', j);
        double mask = m->candidate_mask[j];
        double o = gate_value(m, 'o', j);
        double output = m->variant->linear_output ? m->c[j] : tanh(m->c[j]);
        double output_slope = m->variant->linear_output ? 1 : tanh_slope(output);
        double d_c = d->c[j] + d->h[j] * o * output_slope;
        d_c += gate_backward(m, d, 'o', j, d->h[j] * output, m->c[j]);
        double d_g = d_c * i * mask * (m->variant->linear_input ? 1 : tanh_slope(g));
        d->input[gate_at(m, 'g', j)] = d_g;
        d->recurrent[gate_at(m, 'g', j)] = d_g;
        double d_f = d_c * (m->c_before[j] - (m->variant->coupled ? mask * g : 0));
        d->c_before[j] = d_c * f + gate_backward(m, d, 'i', j, d_c * mask * g, m->c_before[j]) +
                         gate_backward(m, d, 'f', j, d_f, m->c_before[j]);
        d->h_before[j] = 0;
    }
    if (m->variant->recurrent) {
        gates_before_backward(m, d);
    }
}

static const struct reference_cell cells[] = {
    {"rnn", 1, NULL, rnn_forward, rnn_backward},
    {"gru", 3, NULL, gru_forward, gru_backward},
    {"lstm", 4, &plain, lstm_forward, lstm_backward},
    {"lstm-nig", 3, &nig, lstm_forward, lstm_backward},
    {"lstm-nfg", 3, &nfg, lstm_forward, lstm_backward},
    {"lstm-nog", 3, &nog, lstm_forward, lstm_backward},
    {"lstm-niaf", 4, &niaf, lstm_forward, lstm_backward},
    {"lstm-noaf", 4, &noaf, lstm_forward, lstm_backward},
    {"lstm-cifg", 3, &cifg, lstm_forward, lstm_backward},
    {"lstm-fgr", 4, &fgr, lstm_forward, lstm_backward},
};

static const struct reference_cell *find_cell(const char *name) {
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        if (strcmp(cells[i].name, name) == 0) {
            return &cells[i];
        }
    }
    return NULL;
}

bool reference_knows(const char *cell) {
    return find_cell(cell) != NULL;
}

/* At least one element, because calloc(0) may return NULL. */
static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    assert_each(memory != NULL, "out of memory");
    return memory;
}

static double *allocate_doubles(size_t count) {
    return allocate(count, sizeof(double));
}

static void add_parameter(struct reference_rnn *rnn, const char *name, size_t rows,
                          size_t columns) {
    struct reference_parameter *parameter = &rnn->table[rnn->count++];
    snprintf(parameter->name, sizeof parameter->name, "%s", name);
    parameter->rows = rows;
    parameter->columns = columns;
    parameter->offset = rnn->size;
    rnn->size += rows * columns;
}

static size_t layer_tensors(const struct reference_shape *shape) {
    const struct lstm_variant *variant = find_cell(shape->cell)->variant;
    bool recurrent = variant != NULL && variant->recurrent;
    size_t tensors = shape->peephole ? 5 : 4;
    return recurrent ? tensors + RECURRENT_GATES : tensors;
}

static void list_parameters(struct reference_rnn *rnn) {
    const struct reference_shape *shape = &rnn->shape;
    const struct reference_cell *cell = find_cell(shape->cell);
    size_t H = shape->hidden;
    size_t rows = rnn->gates * H;
    char name[48];
    rnn->table = allocate(shape->layers * layer_tensors(shape) + 4, sizeof *rnn->table);
    for (size_t layer = 0; layer < shape->layers; layer++) {
        snprintf(name, sizeof name, "rnn.weight_ih_l%zu", layer);
        add_parameter(rnn, name, rows, layer == 0 ? shape->vocab : H);
        snprintf(name, sizeof name, "rnn.weight_hh_l%zu", layer);
        add_parameter(rnn, name, rows, H);
        snprintf(name, sizeof name, "rnn.bias_ih_l%zu", layer);
        add_parameter(rnn, name, rows, 1);
        snprintf(name, sizeof name, "rnn.bias_hh_l%zu", layer);
        add_parameter(rnn, name, rows, 1);
        if (shape->peephole) {
            snprintf(name, sizeof name, "rnn.peephole_l%zu", layer);
            add_parameter(rnn, name, (strlen(cell->variant->gates) - 1) * H, 1);
        }
        for (size_t k = 0; cell->variant != NULL && cell->variant->recurrent && k < RECURRENT_GATES;
             k++) {
            snprintf(name, sizeof name, "rnn.weight_%c_l%zu", cell->variant->gates[k], layer);
            add_parameter(rnn, name, RECURRENT_GATES * H, H);
        }
    }
    if (shape->attention > 0) {
        add_parameter(rnn, "attention.query.weight", H, H);
        add_parameter(rnn, "attention.value.weight", H, H);
    }
    add_parameter(rnn, "decoder.weight", shape->vocab, H);
    add_parameter(rnn, "decoder.bias", shape->vocab, 1);
}

struct reference_rnn *reference_create(const struct reference_shape *shape) {
    const struct reference_cell *cell = find_cell(shape->cell);
    ck_assert_msg(cell != NULL,
                  "tests/support/reference_rnn.c lacks the cell \"%s\": add its equations",
                  shape->cell);
    ck_assert(!shape->peephole || cell->variant != NULL);
    struct reference_rnn *rnn = allocate(1, sizeof *rnn);
    rnn->shape = *shape;
    rnn->gates = cell->gates;
    rnn->has_c = cell->variant != NULL;
    list_parameters(rnn);
    size_t positions = shape->steps * shape->batch;
    size_t state = shape->batch * shape->hidden;
    size_t outputs = shape->layers * positions * shape->hidden;
    rnn->parameters = allocate_doubles(rnn->size);
    rnn->gradients = allocate_doubles(rnn->size);
    rnn->x = allocate(positions, sizeof *rnn->x);
    rnn->y = allocate(positions, sizeof *rnn->y);
    rnn->nats = allocate_doubles(positions);
    rnn->logits = allocate_doubles(positions * shape->vocab);
    rnn->h0 = allocate_doubles(shape->layers * state);
    rnn->c0 = allocate_doubles(shape->layers * state);
    rnn->memory = allocate_doubles(state * shape->attention);
    rnn->held = allocate(shape->batch, sizeof *rnn->held);
    rnn->h0_gradient = allocate_doubles(shape->layers * state);
    rnn->c0_gradient = allocate_doubles(shape->layers * state);
    rnn->h = allocate_doubles(shape->layers * (shape->steps + 1) * state);
    rnn->c = allocate_doubles(shape->layers * (shape->steps + 1) * state);
    rnn->activations = allocate_doubles(outputs * cell->gates);
    rnn->recurrent = allocate_doubles(outputs * cell->gates);
    rnn->masks = allocate_doubles(outputs);
    rnn->candidate_masks = allocate_doubles(outputs);
    for (size_t i = 0; i < outputs; i++) {
        rnn->masks[i] = 1;
        rnn->candidate_masks[i] = 1;
    }
    return rnn;
}

void reference_destroy(struct reference_rnn *rnn) {
    if (rnn == NULL) {
        return;
    }
    free(rnn->candidate_masks);
    free(rnn->masks);
    free(rnn->recurrent);
    free(rnn->activations);
    free(rnn->c);
    free(rnn->h);
    free(rnn->c0_gradient);
    free(rnn->h0_gradient);
    free(rnn->held);
    free(rnn->memory);
    free(rnn->c0);
    free(rnn->h0);
    free(rnn->logits);
    free(rnn->nats);
    free(rnn->y);
    free(rnn->x);
    free(rnn->gradients);
    free(rnn->parameters);
    free(rnn->table);
    free(rnn);
}

/* Offsets: the state [H] of a layer before step t, and the output [H] of step t. */
static size_t state_at(const struct reference_rnn *rnn, size_t layer, size_t t, size_t b) {
    const struct reference_shape *shape = &rnn->shape;
    return ((layer * (shape->steps + 1) + t) * shape->batch + b) * shape->hidden;
}

static size_t output_at(const struct reference_rnn *rnn, size_t layer, size_t t, size_t b) {
    const struct reference_shape *shape = &rnn->shape;
    return ((layer * shape->steps + t) * shape->batch + b) * shape->hidden;
}

static size_t tensor_at(const struct reference_rnn *rnn, size_t layer, size_t kind) {
    return rnn->table[layer * layer_tensors(&rnn->shape) + kind].offset;
}

static size_t query_at(const struct reference_rnn *rnn) {
    return rnn->table[rnn->count - 4].offset;
}

static size_t value_at(const struct reference_rnn *rnn) {
    return rnn->table[rnn->count - 3].offset;
}

static size_t decoder_weight_at(const struct reference_rnn *rnn) {
    return rnn->table[rnn->count - 2].offset;
}

static size_t decoder_bias_at(const struct reference_rnn *rnn) {
    return rnn->table[rnn->count - 1].offset;
}

/* y[rows] = W[rows][columns] x + bias */
static void affine(const double *weight, const double *bias, const double *x, size_t rows,
                   size_t columns, double *y) {
    for (size_t i = 0; i < rows; i++) {
        y[i] = bias[i];
        for (size_t k = 0; k < columns; k++) {
            y[i] += weight[i * columns + k] * x[k];
        }
    }
}

/* The gradients of affine() from that of y: dW += dy x^T, dbias += dy, dx = W^T dy. */
static void affine_backward(const double *weight, const double *x, const double *dy, size_t rows,
                            size_t columns, double *d_weight, double *d_bias, double *dx) {
    for (size_t k = 0; k < columns; k++) {
        dx[k] = 0;
    }
    for (size_t i = 0; i < rows; i++) {
        d_bias[i] += dy[i];
        for (size_t k = 0; k < columns; k++) {
            d_weight[i * columns + k] += dy[i] * x[k];
            dx[k] += weight[i * columns + k] * dy[i];
        }
    }
}

/* The output of a layer at step t: its h times the dropout mask, [H]; with skip connections plus
 * those of all layers below. */
static void layer_output(const struct reference_rnn *rnn, size_t layer, size_t t, size_t b,
                         double *output) {
    size_t lowest = rnn->shape.skip ? 0 : layer;
    for (size_t j = 0; j < rnn->shape.hidden; j++) {
        output[j] = 0;
        for (size_t l = lowest; l <= layer; l++) {
            output[j] +=
                rnn->h[state_at(rnn, l, t + 1, b) + j] * rnn->masks[output_at(rnn, l, t, b) + j];
        }
    }
}

/* The input of a layer at step t: a one-hot vector [V], or the output of the layer below [H]. */
static void layer_input(const struct reference_rnn *rnn, size_t layer, size_t t, size_t b,
                        double *input) {
    if (layer > 0) {
        layer_output(rnn, layer - 1, t, b, input);
        return;
    }
    int32_t x = rnn->x[t * rnn->shape.batch + b];
    for (size_t v = 0; v < rnn->shape.vocab; v++) {
        input[v] = (size_t)x == v ? 1 : 0;
    }
}

static size_t input_width(const struct reference_rnn *rnn, size_t layer) {
    return layer == 0 ? rnn->shape.vocab : rnn->shape.hidden;
}

static bool reads_end(const struct reference_rnn *rnn, size_t t, size_t b) {
    return rnn->shape.has_end && rnn->x[t * rnn->shape.batch + b] == rnn->shape.end;
}

/* The offset of the weights from the gates; of another tensor if there are none. */
static size_t from_gates_tensor(const struct reference_rnn *rnn, size_t layer) {
    return tensor_at(rnn, layer, rnn->shape.peephole ? PEEPHOLE + 1 : PEEPHOLE);
}

/* `input` is [G*H] W_ih u + b_ih. `none` is [3*H] zeros, for missing peepholes and for the state
 * before an end. */
static struct moment moment_at(const struct reference_rnn *rnn, size_t layer, size_t t, size_t b,
                               const double *input, const double *none) {
    size_t offset = output_at(rnn, layer, t, b) * rnn->gates;
    bool begins = t == 0 || reads_end(rnn, t, b);
    return (struct moment){
        .hidden = rnn->shape.hidden,
        .variant = find_cell(rnn->shape.cell)->variant,
        .input = input,
        .recurrent = rnn->recurrent + offset,
        .peephole = rnn->shape.peephole ? rnn->parameters + tensor_at(rnn, layer, PEEPHOLE) : none,
        .from_gates = rnn->parameters + from_gates_tensor(rnn, layer),
        .gates_before =
            begins ? none : rnn->activations + output_at(rnn, layer, t - 1, b) * rnn->gates,
        .h_before = reads_end(rnn, t, b) ? none : rnn->h + state_at(rnn, layer, t, b),
        .c_before = reads_end(rnn, t, b) ? none : rnn->c + state_at(rnn, layer, t, b),
        .candidate_mask = rnn->candidate_masks + output_at(rnn, layer, t, b),
        .activations = rnn->activations + offset,
        .h = rnn->h + state_at(rnn, layer, t + 1, b),
        .c = rnn->c + state_at(rnn, layer, t + 1, b),
    };
}

static void layer_forward(struct reference_rnn *rnn, size_t layer) {
    size_t H = rnn->shape.hidden;
    size_t rows = rnn->gates * H;
    size_t width = input_width(rnn, layer);
    size_t state = rnn->shape.batch * H;
    const double *p = rnn->parameters;
    double *u = allocate_doubles(width);
    double *input = allocate_doubles(rows);
    double *none = allocate_doubles(3 * H);
    memcpy(rnn->h + state_at(rnn, layer, 0, 0), rnn->h0 + layer * state, state * sizeof *rnn->h);
    memcpy(rnn->c + state_at(rnn, layer, 0, 0), rnn->c0 + layer * state, state * sizeof *rnn->c);
    for (size_t t = 0; t < rnn->shape.steps; t++) {
        for (size_t b = 0; b < rnn->shape.batch; b++) {
            layer_input(rnn, layer, t, b, u);
            affine(p + tensor_at(rnn, layer, WEIGHT_IH), p + tensor_at(rnn, layer, BIAS_IH), u,
                   rows, width, input);
            struct moment moment = moment_at(rnn, layer, t, b, input, none);
            affine(p + tensor_at(rnn, layer, WEIGHT_HH), p + tensor_at(rnn, layer, BIAS_HH),
                   moment.h_before, rows, H,
                   rnn->recurrent + output_at(rnn, layer, t, b) * rnn->gates);
            find_cell(rnn->shape.cell)->forward(&moment);
        }
    }
    free(none);
    free(input);
    free(u);
}

/* One look of the attention head: step t of stream b. */
struct look {
    size_t count;                   /* outputs that it sees */
    double *outputs;                /* [N][H], the newest first */
    double *weights;                /* [N] */
    double *y, *q, *context, *none; /* [H]; none: zeros */
};

static void look_init(struct look *look, const struct reference_shape *shape) {
    *look = (struct look){
        .outputs = allocate_doubles(shape->attention * shape->hidden),
        .weights = allocate_doubles(shape->attention),
        .y = allocate_doubles(shape->hidden),
        .q = allocate_doubles(shape->hidden),
        .context = allocate_doubles(shape->hidden),
        .none = allocate_doubles(shape->hidden),
    };
}

static void look_deinit(struct look *look) {
    free(look->none);
    free(look->context);
    free(look->q);
    free(look->y);
    free(look->weights);
    free(look->outputs);
}

/* Collects what step t of stream b sees: steps of this window, then the memory, up to an end. */
static void collect(const struct reference_rnn *rnn, size_t t, size_t b, struct look *look) {
    size_t H = rnn->shape.hidden;
    size_t N = rnn->shape.attention;
    size_t top = rnn->shape.layers - 1;
    bool ended = reads_end(rnn, t, b);
    look->count = 0;
    for (size_t j = t; j-- > 0 && !ended && look->count < N; ended = reads_end(rnn, j, b)) {
        layer_output(rnn, top, j, b, look->outputs + look->count++ * H);
    }
    for (size_t i = 0; i < rnn->held[b] && !ended && look->count < N; i++) {
        memcpy(look->outputs + look->count++ * H, rnn->memory + (b * N + i) * H,
               H * sizeof *look->outputs);
    }
}

static double dot(const double *a, const double *b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* The equations of nn/attention.h; o is [H]. */
static void attend(const struct reference_rnn *rnn, size_t t, size_t b, struct look *look,
                   double *o) {
    size_t H = rnn->shape.hidden;
    double sum = 1;
    collect(rnn, t, b, look);
    layer_output(rnn, rnn->shape.layers - 1, t, b, look->y);
    affine(rnn->parameters + query_at(rnn), look->none, look->y, H, H, look->q);
    for (size_t i = 0; i < look->count; i++) {
        look->weights[i] = exp(dot(look->q, look->outputs + i * H, H) / sqrt((double)H));
        sum += look->weights[i];
    }
    memset(look->context, 0, H * sizeof *look->context);
    for (size_t i = 0; i < look->count; i++) {
        look->weights[i] /= sum;
        for (size_t k = 0; k < H; k++) {
            look->context[k] += look->weights[i] * look->outputs[i * H + k];
        }
    }
    affine(rnn->parameters + value_at(rnn), look->y, look->context, H, H, o);
}

/* What the decoder reads at step t: o with attention, else the output of the top layer. */
static void decoder_input(const struct reference_rnn *rnn, size_t t, size_t b, double *input) {
    struct look look;
    if (rnn->shape.attention == 0) {
        layer_output(rnn, rnn->shape.layers - 1, t, b, input);
        return;
    }
    look_init(&look, &rnn->shape);
    attend(rnn, t, b, &look, input);
    look_deinit(&look);
}

/* ln of the sum of exp(logits), without overflow. */
static double log_sum_exp(const double *logits, size_t count) {
    double largest = -INFINITY;
    for (size_t v = 0; v < count; v++) {
        largest = fmax(largest, logits[v]);
    }
    double sum = 0;
    for (size_t v = 0; v < count; v++) {
        sum += exp(logits[v] - largest);
    }
    return largest + log(sum);
}

void reference_forward(struct reference_rnn *rnn) {
    size_t V = rnn->shape.vocab;
    size_t positions = rnn->shape.steps * rnn->shape.batch;
    double *output = allocate_doubles(rnn->shape.hidden);
    for (size_t layer = 0; layer < rnn->shape.layers; layer++) {
        layer_forward(rnn, layer);
    }
    rnn->loss = 0;
    for (size_t i = 0; i < positions; i++) {
        double *logits = rnn->logits + i * V;
        decoder_input(rnn, i / rnn->shape.batch, i % rnn->shape.batch, output);
        affine(rnn->parameters + decoder_weight_at(rnn), rnn->parameters + decoder_bias_at(rnn),
               output, V, rnn->shape.hidden, logits);
        rnn->nats[i] = rnn->y[i] < 0 ? 0 : log_sum_exp(logits, V) - logits[rnn->y[i]];
        rnn->loss += rnn->nats[i] / (double)positions;
    }
    free(output);
}

/* Adds the decoder's gradients; sets d_outputs [T][B][H], those of what it reads. */
static void decoder_backward(struct reference_rnn *rnn, double *d_outputs) {
    size_t V = rnn->shape.vocab;
    size_t H = rnn->shape.hidden;
    size_t positions = rnn->shape.steps * rnn->shape.batch;
    double *output = allocate_doubles(H);
    double *d_logits = allocate_doubles(V);
    for (size_t i = 0; i < positions; i++) {
        const double *logits = rnn->logits + i * V;
        double normaliser = log_sum_exp(logits, V);
        for (size_t v = 0; v < V; v++) {
            double target = (size_t)rnn->y[i] == v ? 1 : 0;
            double difference = exp(logits[v] - normaliser) - target;
            d_logits[v] = rnn->y[i] < 0 ? 0 : difference / (double)positions;
        }
        decoder_input(rnn, i / rnn->shape.batch, i % rnn->shape.batch, output);
        affine_backward(rnn->parameters + decoder_weight_at(rnn), output, d_logits, V, H,
                        rnn->gradients + decoder_weight_at(rnn),
                        rnn->gradients + decoder_bias_at(rnn), d_outputs + i * H);
    }
    free(d_logits);
    free(output);
}

/* Adds to d_outputs [T][B][H] what step t of stream b, of which d_o [H] is the gradient of o, has
 * of the gradients of the outputs that it sees, and to those of W_q and W_v. Returns nothing to the
 * memory. */
static void look_backward(struct reference_rnn *rnn, size_t t, size_t b, struct look *look,
                          const double *d_o, double *d_outputs) {
    size_t H = rnn->shape.hidden;
    size_t B = rnn->shape.batch;
    double *d_context = allocate_doubles(H);
    double *d_q = allocate_doubles(H);
    double *d_y = allocate_doubles(H);
    double *unused = allocate_doubles(H);
    attend(rnn, t, b, look, unused);
    affine_backward(rnn->parameters + value_at(rnn), look->context, d_o, H, H,
                    rnn->gradients + value_at(rnn), unused, d_context);
    double mean = dot(d_context, look->context, H);
    for (size_t i = 0; i < look->count; i++) {
        const double *output = look->outputs + i * H;
        double d_score = look->weights[i] * (dot(d_context, output, H) - mean) / sqrt((double)H);
        for (size_t k = 0; k < H; k++) {
            d_q[k] += d_score * output[k];
            if (i < t) {
                d_outputs[((t - 1 - i) * B + b) * H + k] +=
                    look->weights[i] * d_context[k] + d_score * look->q[k];
            }
        }
    }
    affine_backward(rnn->parameters + query_at(rnn), look->y, d_q, H, H,
                    rnn->gradients + query_at(rnn), unused, d_y);
    for (size_t k = 0; k < H; k++) {
        d_outputs[(t * B + b) * H + k] += d_y[k];
    }
    free(unused);
    free(d_y);
    free(d_q);
    free(d_context);
}

/* Replaces the gradients of o by those of the outputs of the top layer. */
static void attention_backward(struct reference_rnn *rnn, double *d_outputs) {
    size_t H = rnn->shape.hidden;
    size_t positions = rnn->shape.steps * rnn->shape.batch;
    double *d_o = allocate_doubles(positions * H);
    struct look look;
    look_init(&look, &rnn->shape);
    memcpy(d_o, d_outputs, positions * H * sizeof *d_o);
    for (size_t i = 0; i < positions; i++) {
        look_backward(rnn, i / rnn->shape.batch, i % rnn->shape.batch, &look, d_o + i * H,
                      d_outputs);
    }
    look_deinit(&look);
    free(d_o);
}

/* Scratch vectors of the backward loop of one layer. */
struct layer_scratch {
    double *u, *du;          /* [V or H] the layer's input at one step */
    double *input, *d_input; /* [G*H] */
    double *d_recurrent;     /* [G*H] */
    double *dh, *dc;         /* [H] total at one step */
    double *dh_before;       /* [H] through W_hh */
    double *dh_direct, *dc_before;
    double *none, *d_none;  /* [3*H] for missing peepholes */
    double *d_gates;        /* [B][3*H] of recurrent gates after the step */
    double *d_gates_before; /* [3*H] */
};

static void scratch_init(struct layer_scratch *s, size_t width, size_t rows, size_t H, size_t B) {
    *s = (struct layer_scratch){
        .u = allocate_doubles(width),
        .du = allocate_doubles(width),
        .input = allocate_doubles(rows),
        .d_input = allocate_doubles(rows),
        .d_recurrent = allocate_doubles(rows),
        .dh = allocate_doubles(H),
        .dc = allocate_doubles(H),
        .dh_before = allocate_doubles(H),
        .dh_direct = allocate_doubles(H),
        .dc_before = allocate_doubles(H),
        .none = allocate_doubles(3 * H),
        .d_none = allocate_doubles(3 * H),
        .d_gates = allocate_doubles(B * RECURRENT_GATES * H),
        .d_gates_before = allocate_doubles(RECURRENT_GATES * H),
    };
}

static void scratch_deinit(struct layer_scratch *s) {
    free(s->d_gates_before);
    free(s->d_gates);
    free(s->d_none);
    free(s->none);
    free(s->dc_before);
    free(s->dh_direct);
    free(s->dh_before);
    free(s->dc);
    free(s->dh);
    free(s->d_recurrent);
    free(s->d_input);
    free(s->input);
    free(s->du);
    free(s->u);
}

/*
 * The backward pass of one stream and step. `d_output` [H] is the gradient of the layer's output.
 * h0_gradient and c0_gradient hold the gradient of the state after the step; it is replaced by that
 * of the state before the step. Sets s->du to the gradient of the layer's input.
 */
static void step_backward(struct reference_rnn *rnn, size_t layer, size_t t, size_t b,
                          const double *d_output, struct layer_scratch *s) {
    size_t H = rnn->shape.hidden;
    size_t rows = rnn->gates * H;
    size_t width = input_width(rnn, layer);
    const double *p = rnn->parameters;
    double *g = rnn->gradients;
    double *dh_state = rnn->h0_gradient + (layer * rnn->shape.batch + b) * H;
    double *dc_state = rnn->c0_gradient + (layer * rnn->shape.batch + b) * H;
    const double *mask = rnn->masks + output_at(rnn, layer, t, b);
    for (size_t j = 0; j < H; j++) {
        s->dh[j] = dh_state[j] + d_output[j] * mask[j];
        s->dc[j] = dc_state[j];
    }
    layer_input(rnn, layer, t, b, s->u);
    affine(p + tensor_at(rnn, layer, WEIGHT_IH), p + tensor_at(rnn, layer, BIAS_IH), s->u, rows,
           width, s->input);
    struct moment moment = moment_at(rnn, layer, t, b, s->input, s->none);
    double *d_gates = s->d_gates + b * RECURRENT_GATES * H;
    struct moment_gradient gradient = {
        .gates = d_gates,
        .from_gates = g + from_gates_tensor(rnn, layer),
        .gates_before = s->d_gates_before,
        .h = s->dh,
        .c = s->dc,
        .input = s->d_input,
        .recurrent = s->d_recurrent,
        .peephole = rnn->shape.peephole ? g + tensor_at(rnn, layer, PEEPHOLE) : s->d_none,
        .h_before = s->dh_direct,
        .c_before = s->dc_before,
    };
    find_cell(rnn->shape.cell)->backward(&moment, &gradient);
    affine_backward(p + tensor_at(rnn, layer, WEIGHT_IH), s->u, s->d_input, rows, width,
                    g + tensor_at(rnn, layer, WEIGHT_IH), g + tensor_at(rnn, layer, BIAS_IH),
                    s->du);
    affine_backward(p + tensor_at(rnn, layer, WEIGHT_HH), moment.h_before, s->d_recurrent, rows, H,
                    g + tensor_at(rnn, layer, WEIGHT_HH), g + tensor_at(rnn, layer, BIAS_HH),
                    s->dh_before);
    for (size_t j = 0; j < H; j++) {
        dh_state[j] = reads_end(rnn, t, b) ? 0 : s->dh_direct[j] + s->dh_before[j];
        dc_state[j] = reads_end(rnn, t, b) ? 0 : s->dc_before[j];
    }
    for (size_t k = 0; k < RECURRENT_GATES * H; k++) {
        d_gates[k] = reads_end(rnn, t, b) ? 0 : s->d_gates_before[k];
    }
}

/* Replaces d_outputs [T][B][H], the gradients of the outputs, by those of the layer below. */
static void layer_backward(struct reference_rnn *rnn, size_t layer, double *d_outputs) {
    size_t H = rnn->shape.hidden;
    struct layer_scratch s;
    scratch_init(&s, input_width(rnn, layer), rnn->gates * H, H, rnn->shape.batch);
    for (size_t t = rnn->shape.steps; t-- > 0;) {
        for (size_t b = 0; b < rnn->shape.batch; b++) {
            double *d_output = d_outputs + (t * rnn->shape.batch + b) * H;
            step_backward(rnn, layer, t, b, d_output, &s);
            for (size_t j = 0; layer > 0 && j < H; j++) {
                d_output[j] = s.du[j] + (rnn->shape.skip ? d_output[j] : 0);
            }
        }
    }
    scratch_deinit(&s);
}

void reference_backward(struct reference_rnn *rnn) {
    const struct reference_shape *shape = &rnn->shape;
    size_t states = shape->layers * shape->batch * shape->hidden;
    memset(rnn->gradients, 0, rnn->size * sizeof *rnn->gradients);
    memset(rnn->h0_gradient, 0, states * sizeof *rnn->h0_gradient);
    memset(rnn->c0_gradient, 0, states * sizeof *rnn->c0_gradient);
    double *d_outputs = allocate_doubles(shape->steps * shape->batch * shape->hidden);
    decoder_backward(rnn, d_outputs);
    if (shape->attention > 0) {
        attention_backward(rnn, d_outputs);
    }
    for (size_t layer = shape->layers; layer-- > 0;) {
        layer_backward(rnn, layer, d_outputs);
    }
    free(d_outputs);
}

const double *reference_last_h(const struct reference_rnn *rnn, size_t layer) {
    return rnn->h + state_at(rnn, layer, rnn->shape.steps, 0);
}

const double *reference_last_c(const struct reference_rnn *rnn, size_t layer) {
    return rnn->c + state_at(rnn, layer, rnn->shape.steps, 0);
}
