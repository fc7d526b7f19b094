#!/usr/bin/env python3
"""Makes two checkpoints without charnn.

    python3 tests/golden/make_checkpoint.py   (needs PyTorch and safetensors; writes beside itself)

lstm.safetensors: a float64 torch.nn.LSTM and Linear, saved by safetensors.torch.save_file with the
metadata that charnn needs. It also has the results of PyTorch for a text (metadata expected.text),
read as one stream from a zero state:
    expected.nats [N - 1]   -ln p of each character after the first
    expected.logits [V]     for the character after the last
    expected.loss [1]       the mean of the nats

ab.safetensors: the example of models/README.md, written with the standard library only: a network
with one unit that writes b after a, and a after b.
"""
import json
import os
import struct

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from make_golden import Generator

FOLDER = os.path.dirname(os.path.abspath(__file__))
SYMBOLS = ["\n", " ", '"', "\\", "a", "b", "c", "é", "€", "😀"]
TEXT = 'a bé "c\\€"\n😀😀 cab\nabba\n€\\ é""bc a\n'


class Network(nn.Module):
    def __init__(self, symbols, hidden, layers):
        super().__init__()
        self.rnn = nn.LSTM(symbols, hidden, layers)
        self.decoder = nn.Linear(hidden, symbols)


def make_lstm():
    generator = Generator()
    hidden, layers = 8, 2
    model = Network(len(SYMBOLS), hidden, layers)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(generator.numbers(*parameter.shape) / 0.3)
        ids = torch.tensor([SYMBOLS.index(c) for c in TEXT])
        outputs, _ = model.rnn(one_hot(ids, len(SYMBOLS)).to(torch.float64))
        logits = model.decoder(outputs)
        nats = cross_entropy(logits[:-1], ids[1:], reduction="none")
    tensors = {
        **model.state_dict(),
        "expected.nats": nats,
        "expected.logits": logits[-1].clone(),
        "expected.loss": nats.mean().reshape(1),
    }
    metadata = {
        "charnn.format": "1",
        "charnn.config": json.dumps({"model": "lstm", "rnn_size": hidden, "num_layers": layers}),
        "charnn.vocab": json.dumps({"encoding": "utf8", "symbols": SYMBOLS}),
        "expected.text": TEXT,
    }
    save_file(tensors, os.path.join(FOLDER, "lstm.safetensors"), metadata)


def make_ab():
    tensors = {
        "rnn.weight_ih_l0": ([1, 2], [3, -3]),
        "rnn.weight_hh_l0": ([1, 1], [0]),
        "rnn.bias_ih_l0": ([1], [0]),
        "rnn.bias_hh_l0": ([1], [0]),
        "decoder.weight": ([2, 1], [-3, 3]),
        "decoder.bias": ([2], [0, 0]),
    }
    metadata = {
        "charnn.format": "1",
        "charnn.config": '{"model":"rnn","rnn_size":1,"num_layers":1}',
        "charnn.vocab": '{"encoding":"utf8","symbols":["a","b"]}',
    }
    header, data = {"__metadata__": metadata}, b""
    for name, (shape, values) in tensors.items():
        begin = len(data)
        data += struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(os.path.join(FOLDER, "ab.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    make_lstm()
    make_ab()
