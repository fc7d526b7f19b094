#!/usr/bin/env python3
"""Makes python.safetensors, with a tensor of every dtype that charnn's reader converts.

    python3 tests/golden/make_safetensors.py   (needs PyTorch and safetensors; writes beside itself)

tests/checkpoint/test_safetensors.c expects these values.
"""
import os

import torch
from safetensors.torch import save_file

INFINITY = float("inf")
TINY = 2.0**-14  # the smallest normal number of 16 bits


def main():
    halves = [0.0, -0.0, 1.0, -2.5, 65504.0, 2.0**-24, -TINY, TINY - 2.0**-24, INFINITY, -INFINITY]
    brains = [1.0, -(2.0**-126), 2.0**-133, INFINITY, -3.140625]
    tensors = {
        "matrix": torch.arange(6, dtype=torch.float32).reshape(2, 3),
        "wide": torch.tensor([0.1, -1e-3, 2.0**40], dtype=torch.float64),
        "half": torch.tensor(halves, dtype=torch.float16).reshape(2, 5),
        "brain": torch.tensor(brains, dtype=torch.bfloat16),
        "scalar": torch.tensor(0.25),
        "empty": torch.zeros(0, 4),
        "whole": torch.tensor([-1, 2**40], dtype=torch.int64),
        "bytes": torch.tensor([0, 127, 255], dtype=torch.uint8),
    }
    metadata = {"quoted": 'a "b" \\ \n\t\u20ac\U0001f600'}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python.safetensors")
    save_file(tensors, path, metadata)


main()
