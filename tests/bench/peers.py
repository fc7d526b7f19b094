#!/usr/bin/env python3
"""Times charnn's training beside PyTorch's: the same model, text, batches and optimizer.

    python3 tests/bench/peers.py BENCH [--case NAME]... [--rounds N] [--json FILE] [--quick]

BENCH is charnn's benchmark (`make bench-peers` builds and names it). For each case it writes the
model before training and the text; PyTorch loads the model's tensors by name, strictly, and both
train the same windows. The losses of the first steps must agree. Then they take turns, PyTorch with
each number of threads, so that a disturbance of the machine hits all; PyTorch's best counts.

One step is the same work on both sides: one-hot input, the layers, a linear decoder, the mean
cross-entropy, gradients, their norm limited, Adam, the state carried on. What a peer does not have
is not asked of it: with PyTorch the first layer multiplies by the one-hot matrix.
"""
import argparse
import array
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from peers_common import PAUSE, Failure, read_safetensors, thread_counts

CASES = [
    "train/lstm-2x128-v65-b50-t50",
    "train/gru-2x128-v65-b50-t50",
    "train/rnn-2x128-v65-b50-t50",
    "train/lstm-2x256-v65-b50-t50",
    "train/lstm-2x512-v65-b50-t50",
    "train/gru-2x512-v65-b50-t50",
    "train/lstm-3x512-v65-b50-t50",
    "train/lstm-2x128-v256-b50-t50",
    "train/lstm-2x128-v5000-b50-t50",
]
QUICK_CASES = CASES[:1]
CHECKED_STEPS = 4
TOLERANCE = 1e-4  # of the loss: float arithmetic in another order


class Charnn:
    """The benchmark's server of one case (tests/bench/serve.h)."""

    def __init__(self, bench, case, folder):
        self.process = subprocess.Popen(
            [bench, "--serve", folder, "--case", case],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.description = json.loads(self._read())

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"{self.process.args[0]} ended early")
        return line

    def train(self, steps):
        """The seconds that so many steps took, and the loss of each."""
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        seconds, *losses = (float(word) for word in self._read().split())
        return seconds, losses

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def load_tensors(path):
    """The tensors of a checkpoint, by name."""
    import torch

    return {
        name: torch.frombuffer(data, dtype=torch.float32).reshape(shape)
        for name, (shape, data) in read_safetensors(path)[1].items()
    }


def make_adam(parameters, description):
    """The fastest Adam that this PyTorch has."""
    import torch

    parameters = list(parameters)
    for speedup in ({"fused": True}, {"foreach": True}, {}):
        try:
            optimizer = torch.optim.Adam(
                parameters,
                lr=description["rate"],
                betas=(description["beta1"], description["beta2"]),
                eps=1e-8,
                **speedup,
            )
            copies = [p.detach().clone() for p in parameters]
            for p in parameters:
                p.grad = torch.zeros_like(p)
            optimizer.step()  # some say only here what they cannot do
            with torch.no_grad():
                for p, copy in zip(parameters, copies):
                    p.copy_(copy)
                    p.grad = None
            optimizer.state.clear()
            return optimizer
        except (RuntimeError, TypeError):
            continue
    raise Failure("this PyTorch has no working Adam")


class Peer:
    """PyTorch, training what charnn trains."""

    def __init__(self, description, folder):
        import torch

        self.torch = torch
        self.symbols = description["vocab"]
        self.grad_norm = description["grad_norm"]
        cell = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}
        self.network = torch.nn.Module()
        self.network.rnn = cell[description["cell"]](
            self.symbols, description["hidden"], description["layers"]
        )
        self.network.decoder = torch.nn.Linear(description["hidden"], self.symbols)
        self.network.load_state_dict(
            load_tensors(os.path.join(folder, "model.safetensors")), strict=True
        )
        self.network.rnn.flatten_parameters()
        self.optimizer = make_adam(self.network.parameters(), description)
        self.windows = self._read_windows(description, os.path.join(folder, "windows.i32"))
        self.next = 0
        self.state = None

    def _read_windows(self, description, path):
        ids = array.array("i")
        with open(path, "rb") as file:
            ids.frombytes(file.read())
        shape = (2, description["windows"], description["steps"], description["batch"])
        x, y = self.torch.tensor(ids, dtype=self.torch.int64).reshape(shape)
        return list(zip(x, y.reshape(description["windows"], -1)))

    def _step(self):
        functional = self.torch.nn.functional
        x, y = self.windows[self.next]
        self.next = (self.next + 1) % len(self.windows)
        inputs = functional.one_hot(x, self.symbols).float()
        self.optimizer.zero_grad(set_to_none=True)
        outputs, state = self.network.rnn(inputs, self.state)
        loss = functional.cross_entropy(self.network.decoder(outputs.flatten(0, 1)), y)
        loss.backward()
        self.torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.grad_norm)
        self.optimizer.step()
        self.state = (
            tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        )
        return loss.item()

    def train(self, steps, threads):
        """As Charnn.train()."""
        self.torch.set_num_threads(threads)
        begun = time.perf_counter()
        losses = [self._step() for _ in range(steps)]
        return time.perf_counter() - begun, losses


def check_losses(name, ours, theirs):
    for step, (our, their) in enumerate(zip(ours, theirs), 1):
        if not abs(our - their) <= TOLERANCE * their:
            raise Failure(
                f"{name}: the loss of step {step} is {our:.7f}, but PyTorch's {their:.7f}"
            )


def blas_in_use():
    """The path of the BLAS library that this process has loaded, or "" where none can be told."""
    try:
        with open("/proc/self/maps", encoding="utf-8") as maps:
            paths = {line.split()[-1] for line in maps if "/" in line}
    except OSError:
        return ""
    for path in sorted(paths):
        if any(word in os.path.basename(path) for word in ("blas", "mkl_core")):
            return os.path.realpath(path)
    return ""


def print_setting(torch, processors, rounds):
    blas = blas_in_use()
    print(f"PyTorch {torch.__version__}, {processors} processors, {rounds} rounds")
    if blas:
        print(f"products by {blas}")
    if "/blas/" in blas:
        print("(the reference BLAS: with OpenBLAS, PyTorch is several times as fast)")
    print(
        f"\n{'':36}{'charnn':>9} {'(least .. most)':>18} {'chars/s':>9} "
        f"{'PyTorch':>9} {'(least .. most)':>18} {'chars/s':>9} {'on':>3} speedup"
    )


def steps_for(train, seconds):
    """Steps that take about so long; warms up."""
    train(1)
    took, _ = train(1)
    return max(1, round(seconds / took))


def take_turns(charnn, peer, rounds, seconds, threads):
    """The milliseconds of a step, by contender: "charnn" and the numbers of PyTorch's threads."""
    contenders = {"charnn": charnn.train}
    for count in threads:
        contenders[count] = lambda steps, count=count: peer.train(steps, count)
    steps = {name: steps_for(train, seconds) for name, train in contenders.items()}
    times = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, train in contenders.items():
            time.sleep(PAUSE)
            took, _ = train(steps[name])
            times[name].append(1e3 * took / steps[name])
    return times


def summarize(times, description):
    characters = description["batch"] * description["steps"]
    median = statistics.median(times)
    rate = characters / median * 1e3
    return {
        "ms_per_step": {"median": median, "min": min(times), "max": max(times)},
        "characters_per_second": rate,
        "gflops": rate * description["flops_per_character"] / 1e9,
    }


def run_case(bench, case, rounds, seconds, processors):
    with tempfile.TemporaryDirectory(prefix="charnn-peers-") as folder:
        charnn = Charnn(bench, case, folder)
        try:
            description = charnn.description
            peer = Peer(description, folder)
            _, ours = charnn.train(CHECKED_STEPS)
            _, theirs = peer.train(CHECKED_STEPS, processors)
            check_losses(case, ours, theirs)
            times = take_turns(charnn, peer, rounds, seconds, thread_counts(processors))
        finally:
            charnn.close()
    ours = summarize(times.pop("charnn"), description)
    theirs = {count: summarize(of_count, description) for count, of_count in times.items()}
    best = min(theirs, key=lambda count: theirs[count]["ms_per_step"]["median"])
    speedup = theirs[best]["ms_per_step"]["median"] / ours["ms_per_step"]["median"]
    print_case(description["name"], ours, theirs[best], best, speedup)
    return {
        "name": description["name"],
        "charnn": ours,
        "pytorch": theirs,
        "best_threads": best,
        "speedup": speedup,
    }


def print_case(name, ours, theirs, threads, speedup):
    def columns(result):
        ms = result["ms_per_step"]
        spread = f"({ms['min']:.4g} .. {ms['max']:.4g})"
        return f"{ms['median']:9.4g} {spread:>18} {result['characters_per_second']:9.0f}"

    print(f"{name:36}{columns(ours)} {columns(theirs)} {threads:3} {speedup:6.2f}", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", metavar="BENCH", help="charnn's benchmark")
    parser.add_argument(
        "--case",
        action="append",
        metavar="NAME",
        help="a train case of the benchmark without its threads, or with them; "
        "may be given several times",
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="turns (default: 7)")
    parser.add_argument("--json", metavar="FILE", help="write the results to this file, too")
    parser.add_argument("--quick", action="store_true", help="one case, and short turns")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds is {arguments.rounds}, but takes a number from 1")
    return arguments


def main():
    arguments = parse_arguments()
    try:
        import torch
    except ImportError:
        print(f"{sys.executable} has no PyTorch; make bench-peers PYTHON=... names another Python")
        return 0
    processors = len(os.sched_getaffinity(0))
    cases = arguments.case or (QUICK_CASES if arguments.quick else CASES)
    seconds = 0.1 if arguments.quick else 0.5
    print_setting(torch, processors, arguments.rounds)
    results = []
    for case in cases:
        full = case if "/j" in case else f"{case}/j{processors}"
        try:
            results.append(run_case(arguments.bench, full, arguments.rounds, seconds, processors))
        except Failure as failure:
            print(f"peers.py: {failure}", file=sys.stderr)
            return 1
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            found = {"pytorch": torch.__version__, "blas": blas_in_use(), "cases": results}
            json.dump(found, file, indent=2)
            file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
