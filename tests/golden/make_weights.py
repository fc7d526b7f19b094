#!/usr/bin/env python3
"""Makes two checkpoints with smaller weights, without charnn.

    python3 tests/golden/make_weights.py   (needs PyTorch and safetensors; writes beside itself)

bf16.safetensors and int8.safetensors: a torch.nn.LSTM and Linear whose matrices PyTorch rounded, saved by
safetensors.torch.save_file with the metadata that charnn needs. Each also has
    original.NAME          the matrix in float32, before it was rounded
    expected.nats [N - 1]  -ln p of each character of a text (metadata expected.text) after the first, read
                           as one stream from a zero state by the rounded network in float64
"""
import json
import os

import torch
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy, one_hot

from make_checkpoint import SYMBOLS, TEXT, Network
from make_golden import Generator

FOLDER = os.path.dirname(os.path.abspath(__file__))
HIDDEN, LAYERS = 19, 2


def round_bf16(name, matrix):
    return {name: matrix.bfloat16()}


def round_int8(name, matrix):
    scale = matrix.abs().amax(dim=1) / 127
    return {name: torch.round(matrix / scale[:, None]).to(torch.int8), name + ".scale": scale}


def restore(state):
    """The two lines of models/README.md."""
    for name in [name for name in state if name + ".scale" in state]:
        state[name] = state[name].float() * state.pop(name + ".scale")[:, None]
    return state


def make(kind, rounding):
    generator = Generator()
    model = Network(len(SYMBOLS), HIDDEN, LAYERS)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(generator.numbers(*parameter.shape))
        original = {name: value.float() for name, value in model.float().state_dict().items()}
        state = {}
        for name, value in original.items():
            state.update(rounding(name, value) if value.dim() == 2 else {name: value})
        model.double().load_state_dict(restore(dict(state)))
        ids = torch.tensor([SYMBOLS.index(c) for c in TEXT])
        outputs, _ = model.rnn(one_hot(ids, len(SYMBOLS)).double())
        nats = cross_entropy(model.decoder(outputs)[:-1], ids[1:], reduction="none")
    tensors = {
        **state,
        **{"original." + name: value for name, value in original.items() if value.dim() == 2},
        "expected.nats": nats,
    }
    metadata = {
        "charnn.format": "1",
        "charnn.config": json.dumps({"model": "lstm", "rnn_size": HIDDEN, "num_layers": LAYERS}),
        "charnn.vocab": json.dumps({"encoding": "utf8", "symbols": SYMBOLS}),
        "expected.text": TEXT,
    }
    save_file(tensors, os.path.join(FOLDER, kind + ".safetensors"), metadata)


if __name__ == "__main__":
    make("bf16", round_bf16)
    make("int8", round_int8)
