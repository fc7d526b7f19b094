/*
 * Penalties on what a network computes: terms that network_train() differentiates with the loss,
 * but does not add to the loss that it returns. With y the output of the top layer, after dropout
 * and with its skip connection, h its state, and a~ the gradient of a gate (nn/cells/cell.h):
 *
 *   activation  X mean y_t^2                            (Merity, McCann & Socher 2017, AR)
 *   slowness    X mean (h_t - h_{t-1})^2                (the same, TAR)
 *   flow        X mean (|u_t| / |a~_t| - 1)^2           (Pascanu, Mikolov & Bengio 2013, eq. 9)
 *               with u_t = (W_hh^T a~_t) (1 - h_{t-1}^2), the part of a~_{t-1} that is from a~_t
 *
 * The means of activation and slowness are over units, streams and steps; a step that begins a
 * window or a record has no change. That of flow is over streams and steps, and summed over layers;
 * a step without gradient, or that begins a record, counts as 0. Its gradient is the paper's (eq.
 * 10): with respect to W_hh alone, with h and a~ held fixed. Only the vanilla RNN has it.
 */
#ifndef CHARNN_NN_PENALTIES_H
#define CHARNN_NN_PENALTIES_H

struct penalties {
    double activation, slowness, flow; /* X >= 0; 0: none */
};

#endif
