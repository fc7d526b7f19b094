#!/usr/bin/env python3
"""Makes the golden values for the tests of networks and optimizers.

    python3 tests/golden/make_golden.py        (needs PyTorch; writes beside itself)

PyTorch computes everything in float64: torch.nn.LSTM, GRU and RNN (tanh) with a Linear decoder on
one-hot inputs, the mean cross entropy over T * B, and the optimizers. Implemented here are the LSTM with
peepholes (Gers & Schmidhuber 2000) and its variants (Greff et al. 2015), of which the LSTM is checked
against torch.nn.LSTM with zero peepholes, and the attention head, which is scaled_dot_product_attention
with a zero key and value; autograd differentiates them.

Inputs are not stored. They come from a generator that starts at 1 for each case:

    s = (1664525 * s + 1013904223) mod 2^32
    number: ((s >> 20) - 2048) / 4096, in [-0.5, 0.5) and exact in float32
    symbol: (s >> 16) mod V

in this order: all parameters in charnn's order, row-major; then
    network.safetensors:   h0, c0 [L, B, H] (c0 is unused if the cell has no c); the memory of the
                           attention [B, N, H], the newest output first; x, y [T, B]
    optimizer.safetensors: x, y [T, B] for each of 5 windows; the initial state is zero
    penalties.safetensors: h0, c0 [L, B, H], x, y [T, B]

The files are safetensors files with F64 tensors. Each key of __metadata__ is a case. Its value is a
JSON text with the sizes (cell, peephole, V, H, L, B, T, and N as attention) and the settings of the
optimizer or of the penalties. The tensors of a case:

    network.safetensors
        <case>/loss [1]           mean loss, nats per character
        <case>/nats [T, B]        -ln p(y) at each position
        <case>/logits [B, V]      of the last step
        <case>/h, c [L, B, H]     the state after the window; c only if the cell has one
        <case>/gradient/h0, c0 [L, B, H] and <case>/gradient/<parameter>: of the mean loss
    optimizer.safetensors
        <case>/losses [5]         mean loss of each window, before its update
        <case>/value/<parameter>  after the fifth update
    penalties.safetensors
        <case>/loss [1]           mean loss, without penalties
        <case>/gradient/<parameter>: of the mean loss and the penalties of src/nn/penalties.h

An update clips the gradients (if clip_value or clip_norm is not 0), multiplies the parameters by
1 - learning_rate * weight_decay, as torch.optim.AdamW does, and then makes the optimizer's step. The
detached state at the end of a window is the initial state of the next one. Muon is implemented here,
by singular values instead of products; its parameters other than matrices have RMSprop.
"""

import json
import os
import struct

import torch
from torch import nn
from torch.nn.functional import cross_entropy, one_hot, pad, scaled_dot_product_attention

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

CELLS = [("lstm", False), ("lstm", True), ("gru", False), ("rnn", False)]
LSTM_VARIANTS = ["nig", "nfg", "nog", "niaf", "noaf", "cifg", "fgr"]
ATTENTIONS = [("lstm", 2), ("gru", 6)]  # cell, N
SIZES = [  # V, H, L, B, T
    (7, 5, 2, 3, 4),
    (33, 17, 3, 2, 6),
    (17, 16, 1, 5, 3),
    (4, 33, 1, 2, 5),
    (5, 3, 1, 1, 1),
    (2, 1, 2, 1, 7),
]
OPTIMIZERS = {
    "adam": {"learning_rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    "rmsprop": {"learning_rate": 0.01, "decay_rate": 0.95, "epsilon": 1e-8},
    "sgd": {"learning_rate": 0.1, "momentum": 0.9},
    "muon": {"learning_rate": 0.05, "decay_rate": 0.95, "epsilon": 1e-8, "momentum": 0.9},
}
PENALTIES = [  # V, H, L, B, T, end, activation, slowness
    (7, 5, 2, 3, 4, -1, 2, 0),
    (4, 9, 1, 2, 5, 1, 0, 3),
    (3, 17, 2, 2, 6, 1, 1, 2),
]
VARIANTS = {
    "plain": {},
    "clip-value": {"clip_value": 0.01},
    "clip-norm": {"clip_norm": 0.1},
    "weight-decay": {"weight_decay": 1.0},
}
WINDOWS = 5


class Generator:
    """The generator of tests/support/golden.c."""

    def __init__(self):
        self.state = 1

    def next(self):
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return self.state

    def numbers(self, *shape):
        count = torch.Size(shape).numel()
        values = [((self.next() >> 20) - 2048) / 4096 for _ in range(count)]
        return torch.tensor(values).reshape(shape)

    def symbols(self, vocab, *shape):
        count = torch.Size(shape).numel()
        values = [(self.next() >> 16) % vocab for _ in range(count)]
        return torch.tensor(values).reshape(shape)


class PeepholeLSTM(nn.Module):
    """torch.nn.LSTM with peepholes: i and f see c, o sees the new c. A variant lacks a gate or an
    activation; the parameters have the blocks of the gates that it has, in the order i f g o. With
    lstm-fgr, i f o g, the gates i f o also read these gates of the step before, at first zero."""

    GATES = {"lstm-nig": "fgo", "lstm-nfg": "igo", "lstm-nog": "ifg", "lstm-cifg": "fgo"}
    GATES["lstm-fgr"] = "ifog"

    def __init__(self, inputs, hidden, layers, cell="lstm"):
        super().__init__()
        self.hidden, self.layers, self.cell = hidden, layers, cell
        self.gates = self.GATES.get(cell, "ifgo")
        count = len(self.gates)
        for l in range(layers):
            width = inputs if l == 0 else hidden
            for name, shape in [
                ("weight_ih", (count * hidden, width)),
                ("weight_hh", (count * hidden, hidden)),
                ("bias_ih", (count * hidden,)),
                ("bias_hh", (count * hidden,)),
                ("peephole", ((count - 1) * hidden,)),
                *[(kind, (3 * hidden, hidden)) for kind in self.from_gates()],
            ]:
                self.register_parameter(f"{name}_l{l}", nn.Parameter(torch.zeros(shape)))

    def from_gates(self):
        return ["weight_i", "weight_f", "weight_o"] if self.cell == "lstm-fgr" else []

    def forward(self, inputs, state):
        outputs, last_h, last_c = inputs, [], []
        for l in range(self.layers):
            w_ih, w_hh, b_ih, b_hh, peephole = (
                getattr(self, f"{name}_l{l}")
                for name in ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "peephole"]
            )
            p = dict(zip(self.gates.replace("g", ""), peephole.chunk(len(self.gates) - 1)))
            h, c = state[0][l], state[1][l]
            sequence = []
            for u in outputs:
                sums = (u @ w_ih.T + b_ih + h @ w_hh.T + b_hh).chunk(len(self.gates), dim=1)
                a = dict(zip(self.gates, sums))
                if len(sequence) > 0 and self.cell == "lstm-fgr":
                    weights = [getattr(self, f"{kind}_l{l}") for kind in self.from_gates()]
                    before = sum(gate @ w.T for gate, w in zip((i, f, o), weights))
                    a.update({k: a[k] + b for k, b in zip("ifo", before.chunk(3, dim=1))})
                f = torch.sigmoid(a["f"] + p["f"] * c) if "f" in a else 1
                i = torch.sigmoid(a["i"] + p["i"] * c) if "i" in a else 1
                i = 1 - f if self.cell == "lstm-cifg" else i
                c = f * c + i * (a["g"] if self.cell == "lstm-niaf" else torch.tanh(a["g"]))
                o = torch.sigmoid(a["o"] + p["o"] * c) if "o" in a else 1
                h = o * (c if self.cell == "lstm-noaf" else torch.tanh(c))
                sequence.append(h)
            outputs = torch.stack(sequence)
            last_h.append(h)
            last_c.append(c)
        return outputs, (torch.stack(last_h), torch.stack(last_c))


class Attention(nn.Module):
    """Each output sees the N before it, and a zero. `memory` [B, at most N, H] has those before the
    window, newest first, constants."""

    def __init__(self, hidden, reach):
        super().__init__()
        self.reach = reach
        self.query = nn.Linear(hidden, hidden, bias=False)
        self.value = nn.Linear(hidden, hidden, bias=False)

    def forward(self, outputs, memory):
        y = outputs.transpose(0, 1)  # [B, T, H]
        seen = pad(torch.cat([memory.flip(1), y], 1), (0, 0, 1, 0))  # nothing, the memory, the window
        t, j = torch.arange(len(outputs))[:, None], torch.arange(seen.shape[1])[None]
        now = t + memory.shape[1]
        mask = (j == 0) | ((j - 1 >= now - self.reach) & (j - 1 < now))
        context = scaled_dot_product_attention(self.query(y), seen, seen, attn_mask=mask)
        return outputs + self.value(context).transpose(0, 1)


class Model(nn.Module):
    """The network, with parameters from `generator` in charnn's order."""

    def __init__(self, cell, peephole, V, H, L, generator, attention=0):
        super().__init__()
        kinds = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
        self.has_c, self.vocab = cell.startswith("lstm"), V
        self.rnn = PeepholeLSTM(V, H, L, cell) if peephole else kinds[cell](V, H, L)
        self.attention = Attention(H, attention) if attention else None
        self.decoder = nn.Linear(H, V)
        with torch.no_grad():
            for name in self.names():
                parameter = self.get_parameter(name)
                parameter.copy_(generator.numbers(*parameter.shape))

    def names(self):
        kinds = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
        if isinstance(self.rnn, PeepholeLSTM):
            kinds += ["peephole", *self.rnn.from_gates()]
        layers = range(self.rnn.layers if len(kinds) > 4 else self.rnn.num_layers)
        names = [f"rnn.{kind}_l{l}" for l in layers for kind in kinds]
        if self.attention:
            names += ["attention.query.weight", "attention.value.weight"]
        names += ["decoder.weight", "decoder.bias"]
        assert sorted(names) == sorted(name for name, _ in self.named_parameters())
        return names

    def run(self, x, y, h, c, memory=None):
        """Per-position nats [T, B], logits [T, B, V], and the state (h, c) after the window."""
        state = (h, c) if self.has_c else h
        outputs, state = self.rnn(one_hot(x, self.vocab).to(h.dtype), state)
        self.outputs = outputs
        if self.attention:
            outputs = self.attention(outputs, memory)
        logits = self.decoder(outputs)
        nats = cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="none").reshape(y.shape)
        return nats, logits, state if self.has_c else (state, None)


def network_case(cell, peephole, V, H, L, B, T, attention=0):
    generator = Generator()
    model = Model(cell, peephole, V, H, L, generator, attention)
    h0 = generator.numbers(L, B, H).requires_grad_()
    c0 = generator.numbers(L, B, H).requires_grad_()
    memory = generator.numbers(B, attention, H)
    x, y = generator.symbols(V, T, B), generator.symbols(V, T, B)
    nats, logits, (h, c) = model.run(x, y, h0, c0, memory)
    loss = nats.mean()
    loss.backward()
    tensors = {"loss": loss, "nats": nats, "logits": logits[-1], "h": h, "gradient/h0": h0.grad}
    if model.has_c:
        tensors.update({"c": c, "gradient/c0": c0.grad})
    for name in model.names():
        parameter = model.get_parameter(name)
        unused = parameter.grad is None  # the weights of recurrent gates, in a window of one step
        tensors["gradient/" + name] = torch.zeros_like(parameter) if unused else parameter.grad
    return tensors


def forward(model, x, h, c, end):
    """Step by step: logits [T, B, V], outputs of the top layer [T, B, H], and of the vanilla RNN the
    states before each step and what is inside each tanh, [T][L]. Reading `end` sets the state to 0."""
    outputs, before, inside = [], [], []
    for t in range(len(x)):
        keep = (x[t] != end)[None, :, None]
        h, c = h * keep, c * keep
        u = one_hot(x[t], model.vocab).to(h.dtype)
        if isinstance(model.rnn, nn.RNN):
            before.append(h)
            new, sums = [], []
            for l in range(len(h)):
                w_ih, w_hh, b_ih, b_hh = model.rnn.all_weights[l]
                sums.append(u @ w_ih.T + b_ih + h[l] @ w_hh.T + b_hh)
                u = torch.tanh(sums[-1])
                new.append(u)
            inside.append(sums)
            h = torch.stack(new)
        else:
            output, state = model.rnn(u[None], (h, c) if model.has_c else h)
            h, c = state if model.has_c else (state, c)
            u = output[0]
        outputs.append(u)
    outputs = torch.stack(outputs)
    return model.decoder(outputs), outputs, before, inside


def flow_penalty(model, objective, x, before, inside, end):
    """Pascanu et al. 2013, eq. 9, as a function of the matrices from state to state alone."""
    T, L = len(inside), len(inside[0])
    flat = [a for sums in inside for a in sums]
    gradients = torch.autograd.grad(objective, flat, retain_graph=True)
    total = 0
    for t in range(T):
        for l in range(L):
            delta, h = gradients[t * L + l].detach(), before[t][l].detach()
            carried = (delta @ model.rnn.all_weights[l][1]) * (1 - h**2)
            ratio = carried.norm(dim=1) / delta.norm(dim=1)
            total = total + ((ratio - 1) ** 2 * (x[t] != end)).sum()
    return total / x.numel()


def penalty_case(cell, peephole, V, H, L, B, T, end, activation, slowness, flow):
    generator = Generator()
    model = Model(cell, peephole, V, H, L, generator)
    h, c = generator.numbers(L, B, H), generator.numbers(L, B, H)
    x, y = generator.symbols(V, T, B), generator.symbols(V, T, B)
    logits, outputs, before, inside = forward(model, x, h, c, end)
    loss = cross_entropy(logits.flatten(0, 1), y.flatten())
    changes = (outputs[1:] - outputs[:-1]) ** 2 * (x[1:] != end)[:, :, None]
    objective = loss + activation * (outputs**2).mean() + slowness * changes.mean()
    penalty = flow_penalty(model, objective, x, before, inside, end) if flow > 0 else 0
    (objective + flow * penalty).backward()
    tensors = {"loss": loss}
    for name in model.names():
        tensors["gradient/" + name] = model.get_parameter(name).grad
    return tensors


def penalty_cases():
    cases = {}
    for cell in ["lstm", "gru", "rnn"]:
        for flow in [0, 1.5] if cell == "rnn" else [0]:
            for V, H, L, B, T, end, activation, slowness in PENALTIES:
                settings = {"end": end, "activation": activation, "slowness": slowness, "flow": flow}
                sizes = {"cell": cell, "peephole": False, "V": V, "H": H, "L": L, "B": B, "T": T}
                name = f"{cell}{'-flow' if flow else ''}-v{V}-h{H}-l{L}-b{B}-t{T}"
                cases[name] = ({**sizes, **settings}, penalty_case(**sizes, **settings))
    return cases


def optimizer_case(sizes, settings):
    cell, V, H, L, B, T = (sizes[key] for key in ["cell", "V", "H", "L", "B", "T"])
    generator, reach = Generator(), sizes.get("attention", 0)
    model = Model(cell, False, V, H, L, generator, reach)
    rate, parameters = settings["learning_rate"], list(model.parameters())
    shrink = 1 - rate * settings["weight_decay"]
    if settings["optimizer"] == "adam":
        betas = (settings["beta1"], settings["beta2"])
        decay, shrink = settings["weight_decay"], 1  # AdamW's own
        optimizer = torch.optim.AdamW(parameters, rate, betas, settings["epsilon"], decay)
    elif settings["optimizer"] in ["rmsprop", "muon"]:
        alpha, epsilon = settings["decay_rate"], settings["epsilon"]
        optimizer = torch.optim.RMSprop(parameters, rate, alpha, epsilon)
    else:
        optimizer = torch.optim.SGD(parameters, rate, momentum=settings["momentum"])
    matrices = {}
    if settings["optimizer"] == "muon":
        hidden = ("rnn.weight", "attention.")
        names = [n for n in model.names() if n.startswith(hidden) and n != "rnn.weight_ih_l0"]
        matrices = {model.get_parameter(name): 0 for name in names}
    h, c, losses = torch.zeros(L, B, H), torch.zeros(L, B, H), []
    memory = torch.zeros(B, 0, H)
    for _ in range(WINDOWS):
        x, y = generator.symbols(V, T, B), generator.symbols(V, T, B)
        optimizer.zero_grad()
        nats, _, (h, c_next) = model.run(x, y, h, c, memory)
        nats.mean().backward()
        newest = model.outputs.detach().transpose(0, 1).flip(1)
        memory = torch.cat([newest, memory], 1)[:, :reach]
        losses.append(nats.mean().item())
        h, c = h.detach(), c_next.detach() if model.has_c else c
        clip(parameters, settings)
        with torch.no_grad():
            for matrix, momentum in matrices.items():
                matrices[matrix] = muon_step(matrix, momentum, settings)
            for parameter in parameters:
                parameter.mul_(shrink)
        optimizer.step()
    tensors = {"losses": torch.tensor(losses)}
    for name in model.names():
        tensors["value/" + name] = model.get_parameter(name)
    return tensors


def muon_step(matrix, momentum, settings):
    """Updates the matrix [outputs, inputs] and returns its momentum (Jordan et al. 2024). Five times
    X = a X + b X X^T X + c X X^T X X^T X is s = a s + b s^3 + c s^5 for each singular value s. The
    step has twice the size of Liu et al. 2025. RMSprop skips the matrix afterwards."""
    mu = settings["momentum"]
    momentum = mu * momentum + (1 - mu) * matrix.grad
    direction = mu * momentum + (1 - mu) * matrix.grad
    left, s, right = torch.linalg.svd(direction / direction.norm(), full_matrices=False)
    for _ in range(5):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    matrix -= settings["learning_rate"] * 0.4 * matrix.shape[0] ** 0.5 * (left * s) @ right
    matrix.grad = None
    return momentum


def clip(parameters, settings):
    """Clips the gradients. Asserts that a clipping case clips some elements, but not all."""
    value, norm = settings["clip_value"], settings["clip_norm"]
    largest = torch.stack([p.grad.abs().max() for p in parameters])
    if value > 0:
        assert largest.max() > value > min(p.grad.abs().min() for p in parameters)
        nn.utils.clip_grad_value_(parameters, value)
    if norm > 0:
        assert nn.utils.clip_grad_norm_(parameters, norm) > 1.2 * norm


def check_peephole():
    """With zero peepholes, PeepholeLSTM must equal torch.nn.LSTM."""
    generator = Generator()
    plain, peephole = nn.LSTM(7, 5, 2), PeepholeLSTM(7, 5, 2)
    with torch.no_grad():
        for name, parameter in plain.named_parameters():
            parameter.copy_(generator.numbers(*parameter.shape))
            peephole.get_parameter(name).copy_(parameter)
    inputs = generator.numbers(4, 3, 7)
    state = (generator.numbers(2, 3, 5), generator.numbers(2, 3, 5))
    expected, got = plain(inputs, state), peephole(inputs, state)
    for a, b in [(expected[0], got[0]), (expected[1][0], got[1][0]), (expected[1][1], got[1][1])]:
        assert torch.allclose(a, b, rtol=1e-13, atol=1e-15)


def write_safetensors(path, cases):
    """Writes {name: (settings, tensors)}, deterministically."""
    header, data = {"__metadata__": {}}, b""
    for case, (settings, tensors) in cases.items():
        header["__metadata__"][case] = json.dumps(settings)
        for name, tensor in tensors.items():
            values = tensor.detach().flatten().tolist()
            begin = len(data)
            data += struct.pack(f"<{len(values)}d", *values)
            header[case + "/" + name] = {
                "dtype": "F64",
                "shape": list(tensor.shape) or [1],
                "data_offsets": [begin, len(data)],
            }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def main():
    check_peephole()
    network = {}
    for V, H, L, B, T in SIZES:
        variants = [(f"lstm-{name}", True) for name in LSTM_VARIANTS] if H < 10 else []
        for cell, peephole in CELLS + variants:
            name = f"{cell}{'-peephole' if peephole else ''}-v{V}-h{H}-l{L}-b{B}-t{T}"
            sizes = {"cell": cell, "peephole": peephole, "V": V, "H": H, "L": L, "B": B, "T": T}
            network[name] = (sizes, network_case(**sizes))
    for V, H, L, B, T in SIZES[:4]:
        for cell, N in ATTENTIONS:
            name = f"{cell}-attention{N}-v{V}-h{H}-l{L}-b{B}-t{T}"
            sizes = {"cell": cell, "peephole": False, "V": V, "H": H, "L": L, "B": B, "T": T}
            sizes["attention"] = N
            network[name] = (sizes, network_case(**sizes))
    optimizer = {}
    off = {"clip_value": 0, "clip_norm": 0, "weight_decay": 0}
    for cell in ["lstm", "gru"]:
        sizes = {"cell": cell, "peephole": False, "V": 5, "H": 4, "L": 2, "B": 2, "T": 4}
        for kind, settings in OPTIMIZERS.items():
            for variant, extra in VARIANTS.items():
                if cell == "gru" and variant != "plain":
                    continue
                every = {"optimizer": kind, **off, **settings, **extra}
                name = f"{cell}-{kind}-{variant}"
                optimizer[name] = ({**sizes, **every}, optimizer_case(sizes, every))
        # Muon enlarges the rounding errors of small gradients, as those of attention are here.
        every = {"optimizer": "muon", **off, **OPTIMIZERS["muon"], "learning_rate": 0.01}
        sizes["attention"] = 6
        optimizer[f"{cell}-attention-muon"] = ({**sizes, **every}, optimizer_case(sizes, every))
    folder = os.path.dirname(os.path.abspath(__file__))
    write_safetensors(os.path.join(folder, "network.safetensors"), network)
    write_safetensors(os.path.join(folder, "optimizer.safetensors"), optimizer)
    write_safetensors(os.path.join(folder, "penalties.safetensors"), penalty_cases())


if __name__ == "__main__":
    main()
