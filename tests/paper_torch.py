#!/usr/bin/env python3
"""Trains the model of a run of scripts/paper-table.sh in PyTorch, to compare the losses.

    python3 tests/paper_torch.py RUN TEXT     (needs PyTorch; one thread)

RUN is the folder of a run without dropout. Its settings.json gives cell, layers, units and the recipe:
RMSProp with a learning rate that decays after some epochs, and gradients clipped by value. The windows
of TEXT are the same; layers, optimizer and random numbers are PyTorch's. Prints the training loss of
each epoch, then validation and test loss, each read as one stream from a zero state, in nats per
character.
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
STREAM_WINDOW = 2000  # characters per call


class Network(nn.Module):
    """One-hot inputs. Weights are uniform in +-scale; forget-gate biases are 1."""

    def __init__(self, cell, symbols, hidden, layers, scale):
        super().__init__()
        self.rnn = CELLS[cell](symbols, hidden, layers)
        self.decoder = nn.Linear(hidden, symbols)
        self.one_hot = torch.eye(symbols)
        for weight in self.parameters():
            nn.init.uniform_(weight, -scale, scale)
        for name, bias in self.rnn.named_parameters():
            if cell == "lstm" and name.startswith("bias"):
                bias.data[hidden : 2 * hidden] = float(name.startswith("bias_ih"))

    def forward(self, x, state):
        """Logits and the next state; x is time by batch."""
        outputs, state = self.rnn(self.one_hot[x], state)
        return self.decoder(outputs), state


def detach(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def read_splits(path, settings):
    """The ids of the three splits, and the size of the vocabulary."""
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    ids = {character: i for i, character in enumerate(sorted(set(text)))}
    encoded = torch.tensor([ids[character] for character in text])
    first = int(len(text) * settings["train_frac"])
    second = int(len(text) * (settings["train_frac"] + settings["val_frac"]))
    return encoded[:first], encoded[first:second], encoded[second:], len(ids)


def read_windows(ids, batch, length):
    """(inputs, targets) of each window. Each stream of the batch reads its own part of the text."""
    count = (len(ids) - 1) // (batch * length)
    size = batch * count * length
    inputs = ids[:size].view(batch, -1).t().contiguous()
    targets = ids[1 : size + 1].view(batch, -1).t().contiguous()
    return list(zip(inputs.split(length), targets.split(length)))


def train_epoch(network, optimizer, windows, clip):
    """The mean loss of the epoch; each window is scored before its update."""
    state = None
    total = 0.0
    for x, y in windows:
        logits, state = network(x, state)
        state = detach(state)
        loss = cross_entropy(logits.flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(network.parameters(), clip)
        optimizer.step()
        total += loss.item()
    return total / len(windows)


def score(network, ids):
    state = None
    total = 0.0
    with torch.no_grad():
        for begin in range(0, len(ids) - 1, STREAM_WINDOW):
            y = ids[begin + 1 : begin + 1 + STREAM_WINDOW]
            logits, state = network(ids[begin : begin + len(y)].view(-1, 1), state)
            total += cross_entropy(logits.flatten(0, 1), y, reduction="sum").item()
    return total / (len(ids) - 1)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(f"{sys.argv[1]}/settings.json", encoding="utf-8") as file:
        s = json.load(file)
    if s["dropout"] != 0 or s["optimizer"] != "rmsprop" or s["average"] != 0:
        sys.exit(f"{sys.argv[1]}: only runs with RMSProp, without dropout and weight averaging, are supported")
    torch.set_num_threads(1)
    torch.manual_seed(1)
    train, validation, test, symbols = read_splits(sys.argv[2], s)
    network = Network(s["model"], symbols, s["rnn_size"], s["num_layers"], s["init_scale"])
    optimizer = torch.optim.RMSprop(
        network.parameters(), lr=s["learning_rate"], alpha=s["decay_rate"], eps=1e-8
    )
    windows = read_windows(train, s["batch_size"], s["seq_length"])
    begin = time.monotonic()
    for epoch in range(1, s["max_epochs"] + 1):
        loss = train_epoch(network, optimizer, windows, s["grad_clip"])
        print(f"epoch {epoch}  train {loss:.4f}  {time.monotonic() - begin:.0f} s", flush=True)
        if epoch >= s["learning_rate_decay_after"]:
            optimizer.param_groups[0]["lr"] *= s["learning_rate_decay"]
    print(f"validation {score(network, validation):.4f}  test {score(network, test):.4f}")


if __name__ == "__main__":
    main()
