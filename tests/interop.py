#!/usr/bin/env python3
"""Scores a text with a charnn checkpoint in PyTorch, to compare with `charnn eval --exact`.

    python3 tests/interop.py CHECKPOINT TEXT     (needs PyTorch and safetensors)

Loads the tensors with safetensors.torch.load_file into torch.nn.LSTM, GRU or RNN with a Linear decoder,
strictly by name. A variant of the LSTM gets the rows that it lacks. With skip connections, a module for each layer then takes its parameters; with
attention, the decoder reads what the head makes of the outputs. Reads TEXT as one stream from a zero state, in float64. Prints the number of scored
characters (all but the first) and the nats per character.
"""
import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import cross_entropy, one_hot, scaled_dot_product_attention

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
GATES = {"np": "ifgo", "nig": "fgo", "nfg": "igo", "nog": "ifg", "cifg": "fgo"}
WINDOW = 1000  # characters per call; the state is carried over


class Network(nn.Module):
    def __init__(self, cell, symbols, hidden, layers):
        super().__init__()
        self.rnn = CELLS[cell](symbols, hidden, layers)
        self.decoder = nn.Linear(hidden, symbols)

    def single_layers(self):
        """A module for each layer, with the parameters of self.rnn."""
        layers = []
        for l in range(self.rnn.num_layers):
            width = self.rnn.input_size if l == 0 else self.rnn.hidden_size
            layer = type(self.rnn)(width, self.rnn.hidden_size).to(self.decoder.weight)
            tensors = {k: getattr(self.rnn, k.replace("_l0", f"_l{l}")) for k in layer.state_dict()}
            layer.load_state_dict(tensors)
            layers.append(layer)
        return layers


class SkipStack:
    """Layers of which each after the first adds its input to its output."""

    def __init__(self, layers):
        self.layers = layers

    def __call__(self, inputs, states):
        states = states or [None] * len(self.layers)
        after = []
        for layer, state in zip(self.layers, states):
            outputs, state = layer(inputs, state)
            inputs = outputs + inputs if after else outputs
            after.append(state)
        return inputs, after


class Attention:
    """The outputs of `run`, each with what a head sees in the `reach` outputs before it."""

    def __init__(self, run, query, value, reach):
        self.run, self.query, self.value, self.reach = run, query, value, reach

    def __call__(self, inputs, states):
        inner, before = states or (None, inputs.new_zeros(0, self.query.shape[0]))
        y, inner = self.run(inputs, inner)
        known = torch.cat([before, y])
        seen = torch.cat([torch.zeros_like(y[:1]), known])  # the first is nothing
        t, j = torch.arange(len(y))[:, None] + len(before), torch.arange(len(seen)) - 1
        mask = (j < 0) | ((j < t) & (j >= t - self.reach))
        context = scaled_dot_product_attention(
            (y @ self.query.T)[None], seen[None], seen[None], attn_mask=mask
        )[0]
        return y + context @ self.value.T, (inner, known[-self.reach :])


def complete(name, tensor, variant):
    """The rows i f g o of a variant: a gate that it lacks is 1, by its bias, or 1 - f."""
    rows = dict(zip(GATES[variant], tensor.chunk(len(GATES[variant]))))
    missing = torch.full_like(rows["g"], 1e9 if name.startswith("rnn.bias_ih") else 0)
    return torch.cat([rows.get(g, -rows["f"] if variant == "cifg" else missing) for g in "ifgo"])


def load(path):
    """The recurrent layers and the decoder of a checkpoint, and its vocabulary as JSON."""
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    config = json.loads(metadata["charnn.config"])
    vocab = json.loads(metadata["charnn.vocab"])
    if config.get("peephole", False):
        sys.exit(f"{path}: PyTorch has no LSTM with peepholes")
    variant = config.get("lstm_variant", "np")
    if variant not in GATES:
        sys.exit(f"{path}: PyTorch has no LSTM variant {variant}")
    network = Network(
        config["model"], len(vocab["symbols"]), config["rnn_size"], config["num_layers"]
    )
    tensors = {
        name: tensor
        for name, tensor in load_file(path).items()
        if name.startswith(("rnn.", "attention.", "decoder."))
    }
    for name in [name for name in tensors if name + ".scale" in tensors]:
        tensors[name] = tensors[name].float() * tensors.pop(name + ".scale")[:, None]
    if variant != "np":
        for name in [name for name in tensors if name.startswith("rnn.")]:
            tensors[name] = complete(name, tensors[name], variant)
    matrices = [tensors.pop(f"attention.{m}.weight", None) for m in ["query", "value"]]
    network.load_state_dict(tensors, strict=True)
    network.double()
    run = SkipStack(network.single_layers()) if config.get("skip", False) else network.rnn
    if config.get("attention", 0) > 0:
        run = Attention(run, *(m.double() for m in matrices), config["attention"])
    return run, network.decoder, vocab


def encode(text, vocab):
    """The ids of a text in bytes. Bytes that are not UTF-8 are symbols by number. Characters outside
    the vocabulary become its unknown symbol, if it has one."""
    ids = {chr(s) if isinstance(s, int) and s < 128 else s: i for i, s in enumerate(vocab["symbols"])}
    if vocab["encoding"] == "bytes":
        characters = [chr(b) if b < 128 else b for b in text]
    else:
        escaped = text.decode("utf-8", "surrogateescape")
        characters = [ord(c) - 0xDC00 if "\udc80" <= c <= "\udcff" else c for c in escaped]
    unknown = ids.get("<unknown>")
    return torch.tensor([ids[c] if unknown is None else ids.get(c, unknown) for c in characters])


def score(run, decoder, ids, symbols):
    """The sum of -ln p over all characters after the first."""
    nats, state = 0.0, None
    with torch.no_grad():
        for begin in range(0, len(ids) - 1, WINDOW):
            x, y = ids[begin : begin + WINDOW], ids[begin + 1 : begin + WINDOW + 1]
            outputs, state = run(one_hot(x[: len(y)], symbols).double(), state)
            nats += cross_entropy(decoder(outputs), y, reduction="sum").item()
    return nats


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: interop.py CHECKPOINT TEXT")
    run, decoder, vocab = load(sys.argv[1])
    with open(sys.argv[2], "rb") as file:
        ids = encode(file.read(), vocab)
    nats = score(run, decoder, ids, len(vocab["symbols"]))
    print(f"characters {len(ids) - 1}")
    print(f"nats/char {nats / (len(ids) - 1):.9f}")


if __name__ == "__main__":
    main()
