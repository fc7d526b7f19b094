"""What the comparisons with peers share."""
import json
import struct

PAUSE = 0.05  # seconds in which the other side's threads fall asleep


class Failure(Exception):
    """Something that the person should read."""


def read_safetensors(path):
    """The metadata of a file of float32, and by name the shape and the bytes of each tensor."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = memoryview(bytearray(file.read()))
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise Failure(f"{path}: {name} is {entry['dtype']}, not F32")
        begin, end = entry["data_offsets"]
        tensors[name] = (entry["shape"], data[begin:end])
    return metadata, tensors


def thread_counts(processors):
    """1, 2, 4, ... and the number of processors."""
    counts = {1, processors}
    count = 2
    while count < processors:
        counts.add(count)
        count *= 2
    return sorted(counts)
