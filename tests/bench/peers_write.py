#!/usr/bin/env python3
"""Times charnn's writing beside PyTorch's, ONNX Runtime's and KANN's: the same trained LSTM.

    python3 tests/bench/peers_write.py CHARNN [--size H]... [--texts N]... [--threads N]...
                                       [--rounds N] [--kann LIBRARY] [--quick]

CHARNN is the program (`make bench-peers` builds and names it). For each size H it trains an LSTM of
2 layers of H units for a few steps, on text that models/shakespeare.safetensors writes, and
converts it to int8. Each peer loads the tensors (tests/bench/writers.py). All score the same text:
a peer's loss with floats must be charnn's, and with 8-bit integers close to it.

Then they take turns, so that a disturbance of the machine hits all. One turn writes one text or 64,
character by character: each reads its own output, the likeliest character, on both sides. charnn
is the program itself: a run of `sample` less a run that writes one character. The peers are called
from Python once for each character, because that is how these are used.

A figure is the median of the rounds: characters per second, of processor time if there is one
thread. "Times" is the median of the rounds' ratios to charnn with weights of the same type.
"""
import argparse
import importlib.util
import json
import logging
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time

from peers_common import PAUSE, Failure, thread_counts

SIZES = [128, 512, 1024]
TEXTS = [1, 64]
CHECKED = 200  # characters that are scored
TURN = 2  # seconds, because the start of charnn, which is subtracted, varies by a tenth of one
TOLERANCES = {"f32": 1e-4, "int8": 0.1}  # of the loss: another order of sums; other roundings


class Charnn:
    """charnn as a contender: the program, with the weights of a file."""

    name = "charnn"

    def __init__(self, program, weights, path, texts, threads):
        self.program, self.type, self.path = program, weights, path
        self.arguments = ["--num-samples", str(texts), "--threads", str(threads), "--argmax"]
        self.processor_time = threads == 1

    def _run(self, length):
        """The seconds of a run that writes texts of this length."""
        command = [self.program, "sample", self.path, "--length", str(length), *self.arguments]
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise Failure(f"{' '.join(command)}: exit status {process.returncode}")
        if self.processor_time:
            return usage.ru_utime + usage.ru_stime
        return time.perf_counter() - begun

    def seconds(self, count):
        return self._run(1 + count) - self._run(1)

    def loss(self, text):
        command = [self.program, "eval", "--exact", "--json", self.path, text]
        return json.loads(subprocess.check_output(command))["nats_per_char"]


class Peer:
    """A writer of writers.py as a contender."""

    def __init__(self, writer, threads):
        self.writer, self.name, self.type = writer, writer.name, writer.type
        self.clock = time.process_time if threads == 1 else time.perf_counter

    def seconds(self, count):
        begun = self.clock()
        self.writer.write(count)
        return self.clock() - begun

    def loss(self, ids):
        """Nats per character in the last stream; all streams read the same."""
        import numpy

        total = 0
        for read, target in zip(ids, ids[1:]):
            logits = self.writer.step(numpy.full(self.writer.streams, read, numpy.int64))[-1]
            logits = logits.astype(numpy.float64) - logits.max()
            total += math.log(numpy.exp(logits).sum()) - logits[target]
        return total / (len(ids) - 1)


class Case:
    """A trained model: its files, a text for both sides, and its characters as ids."""

    def __init__(self, program, size, folder):
        from writers import Model

        self.program, self.size = os.path.abspath(program), size
        writer = os.path.join(os.path.dirname(__file__), "../../models/shakespeare.safetensors")
        sample = os.path.join(folder, "text.txt")
        with open(sample, "wb") as file:
            command = [self.program, "sample", writer, "--seed", "1", "--length", "20000"]
            subprocess.run(command, check=True, stdout=file)
        folder = os.path.join(folder, f"2x{size}")
        shape = ["--no-skip", "--rnn-size", str(size), "--batch-size", "16", "--seq-length", "32"]
        command = [self.program, "train", sample, "--seed", "1", "--max-steps", "40", *shape]
        subprocess.run([*command, "--checkpoint-dir", folder], check=True, capture_output=True)
        self.paths = {"f32": f"{folder}/best.safetensors", "int8": f"{folder}/int8.safetensors"}
        command = [self.program, "convert", *self.paths.values(), "--weights", "int8"]
        subprocess.run(command, check=True, capture_output=True)
        self.model = Model(self.paths["f32"])
        self.text = os.path.join(folder, "checked.txt")
        with open(sample, encoding="utf-8") as file, open(self.text, "w", encoding="utf-8") as out:
            characters = file.read(CHECKED)
            out.write(characters)
        self.ids = [self.model.vocabulary.index(character) for character in characters]

    def contenders(self, texts, threads, kinds):
        """charnn with each type of weights, and the peers whose loss agrees with it."""
        ours = [Charnn(self.program, t, path, texts, threads) for t, path in self.paths.items()]
        losses = {charnn.type: charnn.loss(self.text) for charnn in ours}
        theirs = []
        for kind in kinds:
            try:
                peer = Peer(kind(self.model, texts, threads), threads)
                loss = peer.loss(self.ids)
            except (AttributeError, ImportError, OSError, RuntimeError) as error:
                print(f"{kind.name} is skipped: {str(error).strip().splitlines()[0]}")
                continue
            if not abs(loss - losses[peer.type]) <= TOLERANCES[peer.type] * losses[peer.type]:
                raise Failure(
                    f"2x{self.size}: the loss is {losses[peer.type]:.6f}, but that of "
                    f"{peer.name} {loss:.6f}"
                )
            theirs.append(peer)
            losses[peer.name] = loss
        return ours, theirs, losses


def count_for(contender, seconds):
    """Characters for each text that take about so long; warms up."""
    count, took = 4, 0
    while took < seconds / 4:
        count *= 2
        took = contender.seconds(count)
    return max(1, round(count * seconds / took))


def take_turns(contenders, texts, rounds, seconds):
    """For each contender the characters per second in each round."""
    counts = [count_for(contender, seconds) for contender in contenders]
    rates = [[] for _ in contenders]
    for _ in range(rounds):
        for contender, count, of_contender in zip(contenders, counts, rates):
            time.sleep(PAUSE)
            of_contender.append(count * texts / contender.seconds(count))
    return rates


def run_case(case, texts, threads, kinds, arguments):
    ours, theirs, losses = case.contenders(texts, threads, kinds)
    everyone = sorted(ours + theirs, key=lambda contender: contender.type)
    rates = take_turns(everyone, texts, arguments.rounds, 0.1 if arguments.quick else TURN)
    by_type = {c.type: rate for c, rate in zip(everyone, rates) if c in ours}
    print(
        f"\nLSTM 2x{case.size}, {texts} text{'s' if texts > 1 else ''} on "
        f"{threads} thread{'s' if threads > 1 else ''}"
    )
    for contender, rate in zip(everyone, rates):
        times = statistics.median(a / b for a, b in zip(by_type[contender.type], rate))
        loss = losses[contender.type if contender in ours else contender.name]
        print(
            f"  {contender.type:5}{contender.name:23}{statistics.median(rate):10,.0f} "
            f"{f'({min(rate):,.0f} .. {max(rate):,.0f})':>22}{loss:8.4f}"
            + ("" if contender in ours else f"{times:8.2f}"),
            flush=True,
        )


def available(kann):
    """The peers that can be timed; says which cannot."""
    from writers import WRITERS

    kinds = []
    for kind in WRITERS:
        missing = [name for name in kind.needs if importlib.util.find_spec(name) is None]
        if missing:
            print(f"{kind.name} is skipped: this Python has no {missing[0]}")
        else:
            kinds.append(kind)
    if kann is None:
        print("KANN is skipped: --kann names no library (tests/bench/writer_kann.py)")
    else:
        from writer_kann import Kann

        kinds.append(Kann.of(kann))
    return kinds


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("charnn", metavar="CHARNN", help="the program")
    for name, values in (
        ("size", "units in a layer (default: 128, 512 and 1024)"),
        ("texts", "texts at once (default: 1 and 64)"),
        ("threads", "threads of each side (default: 1, 2, 4, ... and all processors)"),
    ):
        parser.add_argument(f"--{name}", type=int, action="append", metavar="N", help=values)
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="turns (default: 7)")
    parser.add_argument("--kann", metavar="LIBRARY", help="KANN as a shared library")
    parser.add_argument("--quick", action="store_true", help="the smallest size, and short turns")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    logging.disable(logging.WARNING)  # of PyTorch without a GPU, of ONNX Runtime's quantization
    if importlib.util.find_spec("numpy") is None:
        print(f"{sys.executable} has no numpy; writing was not timed beside peers")
        return 0
    processors = len(os.sched_getaffinity(0))
    kinds = available(arguments.kann)
    print(
        f"{processors} processors, {arguments.rounds} rounds; characters/s (least .. most), "
        "the loss, times as fast as this peer"
    )
    try:
        for size in arguments.size or (SIZES[:1] if arguments.quick else SIZES):
            with tempfile.TemporaryDirectory(prefix="charnn-peers-") as folder:
                case = Case(arguments.charnn, size, folder)
                for texts in arguments.texts or TEXTS:
                    for threads in arguments.threads or thread_counts(processors):
                        run_case(case, texts, threads, kinds, arguments)
    except (Failure, subprocess.CalledProcessError) as failure:
        print(f"peers_write.py: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
