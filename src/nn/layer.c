#include "nn/layer.h"

#include "kernels/dispatch.h"

#include <assert.h>
#include <string.h>

static void take_activations(struct layer *l, const struct network_plan *plan, size_t slots,
                             struct arena *arena) {
    size_t steps = plan->steps;
    size_t batch = plan->batch;
    bool has_c = l->cell->has_c;
    l->h = rows_take(arena, steps + 1, batch, l->hidden);
    l->c = has_c ? rows_take(arena, steps + 1, batch, l->hidden) : (struct rows){0};
    l->h_before = l->has_end ? rows_take(arena, steps, batch, l->hidden) : l->h;
    l->c_before = l->has_end && has_c ? rows_take(arena, steps, batch, l->hidden) : l->c;
    for (size_t gate = 0; gate < l->cell->recurrent_gates; gate++) {
        l->gate_states[gate] = rows_take(arena, steps + 1, batch, l->hidden);
        l->gates_before[gate] =
            l->has_end ? rows_take(arena, steps, batch, l->hidden) : l->gate_states[gate];
    }
    l->gates = rows_take(arena, slots, batch, cell_gate_blocks(l->cell) * l->hidden);
    if (plan->trainable) {
        l->dh = arena_take_floats(arena, 1, batch, l->hidden);
        l->dc = arena_take_floats(arena, 1, batch, l->hidden);
        l->dgates = arena_take_floats(arena, l->cell->recurrent_gates, batch, l->hidden);
    }
    if (plan->dropout[CHARNN_DROPOUT_OUTPUT] || l->adds_input) {
        l->y = rows_take(arena, slots, batch, l->hidden);
    }
    for (size_t kind = 0; kind < CHARNN_DROPOUTS; kind++) {
        if (plan->dropout[kind]) {
            l->masks[kind] = rows_take(arena, steps, batch, l->hidden);
        }
    }
    if (plan->dropout[CHARNN_DROPOUT_OUTPUT] && l->adds_input) {
        l->dy = rows_take(arena, 1, batch, l->hidden);
    }
    if (plan->flow) {
        l->flow_h = rows_take(arena, steps, batch, l->hidden);
    }
}

void layer_init(struct layer *layer, const struct model *model, size_t index,
                const struct network_plan *plan, size_t slots, struct arena *arena) {
    const struct cell *cell = model->shape.cell;
    size_t hidden = model->hidden_stride;
    size_t separate_gates = cell->gates - cell->fused_gates;
    /* The columns of the separate gates begin a panel. */
    assert(separate_gates == 0 || cell->fused_gates * CHARNN_LANES % CHARNN_PANEL == 0);
    *layer = (struct layer){
        .cell = cell,
        .kernels = kernels_current(),
        .parameters = &model->parameters,
        .p = model_layer(model, index),
        .index = index,
        .batch = plan->batch,
        .units = model->shape.hidden,
        .hidden = hidden,
        .fused_columns = cell->fused_gates * hidden,
        .separate_columns = separate_gates * hidden,
        .gate_columns = cell->gates * hidden,
        .rounded = plan->rounded,
        .adds_input = model->shape.skip && index > 0,
        .has_end = model->shape.has_end,
        .end = model->shape.end,
    };
    take_activations(layer, plan, slots, arena);
    layer->bias = arena_take_floats(arena, 1, 1, layer->gate_columns);
    linear_init(&layer->hh, model, layer->p.weight_hh, layer->fused_columns, plan, arena);
    for (size_t gate = 0; gate < cell->recurrent_gates; gate++) {
        const struct parameter *weight = &layer->p.from_gates[gate];
        linear_init(&layer->from_gates[gate], model, weight, weight->stride, plan, arena);
    }
    if (index > 0) {
        linear_init(&layer->ih, model, layer->p.weight_ih, layer->gate_columns, plan, arena);
    }
}

void layer_pack(struct layer *l) {
    memcpy(l->bias, parameter_value(l->parameters, l->p.bias_ih),
           l->gate_columns * sizeof *l->bias);
    l->kernels->add(parameter_value(l->parameters, l->p.bias_hh), l->fused_columns, l->bias);
    linear_pack(&l->hh);
    for (size_t gate = 0; gate < l->cell->recurrent_gates; gate++) {
        linear_pack(&l->from_gates[gate]);
    }
    if (l->index > 0) {
        linear_pack(&l->ih);
    }
}

struct rows layer_output(const struct layer *l, const struct dropout *dropout) {
    bool is_y = dropout_drops(dropout, CHARNN_DROPOUT_OUTPUT) || l->adds_input;
    struct rows output = is_y ? l->y : l->h;
    if (!is_y) {
        output.data = rows_at(&l->h, 1, 0); /* slot t + 1 of h is the output of step t */
        output.slots--;
    }
    return output;
}

void layer_carry(struct layer *l, size_t slot, size_t b_begin, size_t b_end) {
    for (size_t kind = 0; slot > 0 && kind < cell_state_kinds(l->cell); kind++) {
        const struct rows *state = layer_state(l, kind);
        memcpy(rows_at(state, 0, b_begin), rows_at(state, slot, b_begin),
               (b_end - b_begin) * state->stride * sizeof(float));
    }
}

struct cell_step layer_step(const struct layer *l, const int32_t *x, size_t t, struct span span,
                            const struct dropout *dropout) {
    bool first = l->index == 0;
    bool drops = dropout_drops(dropout, CHARNN_DROPOUT_CANDIDATE);
    const struct rows *mask = &l->masks[CHARNN_DROPOUT_CANDIDATE];
    float *gates = rows_at(&l->gates, t, span.b_begin);
    return (struct cell_step){
        .rows = span.b_end - span.b_begin,
        .hidden = l->hidden,
        .gates = gates,
        .gates_stride = l->gates.stride,
        .peephole = parameter_value(l->parameters, l->p.peephole),
        .candidate_mask = drops ? rows_at(mask, t, span.b_begin) : NULL,
        .mask_stride = mask->stride,
        .h_before = rows_at(&l->h_before, t, span.b_begin),
        .c_before = rows_at(&l->c_before, t, span.b_begin),
        .h = rows_at(&l->h, t + 1, span.b_begin),
        .c = rows_at(&l->c, t + 1, span.b_begin),
        .state_stride = l->h.stride,
        .wx = first ? parameter_value(l->parameters, l->p.weight_ih) : gates,
        .wx_row = first ? x + t * l->batch + span.b_begin : NULL,
        .wx_stride = first ? l->p.weight_ih->stride : l->gates.stride,
        .bias = l->bias,
        .dgates = l->dgates != NULL ? l->dgates + span.b_begin * l->hidden : NULL,
        .dgates_block = l->batch * l->hidden,
        .dh = l->dh != NULL ? l->dh + span.b_begin * l->hidden : NULL,
        .dc = l->dc != NULL ? l->dc + span.b_begin * l->hidden : NULL,
    };
}
