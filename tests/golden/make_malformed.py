#!/usr/bin/env python3
"""Makes malformed.json: small safetensors files, most of them malformed, with the verdict of the
official Python package.

    python3 tests/golden/make_malformed.py   (needs safetensors; writes beside itself)

Each row has the bytes of a file in hexadecimal and the verdict "valid". tests/checkpoint/test_damage.c
checks that charnn agrees. In rows with "stricter", charnn refuses a file that the package accepts, for
the stated reason.
"""
import json
import os
import struct

import safetensors

FOLDER = os.path.dirname(os.path.abspath(__file__))


def file_of(header, data=b""):
    text = header if isinstance(header, bytes) else header.encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(name="t", dtype='"F32"', shape="[2]", offsets="[0,8]"):
    return f'"{name}":{{"dtype":{dtype},"shape":{shape},"data_offsets":{offsets}}}'


def one(data=8, **fields):
    return file_of("{" + entry(**fields) + "}", b"\0" * data)


def two(first, second, data):
    rows = entry("a", '"U8"', "[2]", first) + "," + entry("b", '"U8"', "[2]", second)
    return file_of("{" + rows + "}", b"\0" * data)


META = '{"__metadata__":%s,' + entry() + "}"
GOOD = one()

FILES = [
    ("good", GOOD),
    ("nothing", b""),
    ("seven bytes", GOOD[:7]),
    ("only a length", GOOD[:8]),
    ("length zero", struct.pack("<Q", 0)),
    ("no tensors", file_of("{}")),
    ("no tensors but data", file_of("{}", b"x")),
    ("length beyond the file", struct.pack("<Q", 1000) + GOOD[8:]),
    ("length beyond everything", b"\xff" * 8 + GOOD[8:]),
    ("length beyond the limit", struct.pack("<Q", 100000001) + GOOD[8:]),
    ("cut in the header", GOOD[:30]),
    ("cut in the data", GOOD[:-1]),
    ("a byte too much", GOOD + b"x"),
    ("spaces after the header", file_of("{" + entry() + "}   ", b"\0" * 8)),
    ("header of spaces", file_of("    ")),
    ("header is a list", file_of("[]")),
    ("header is a number", file_of("1")),
    ("header is not closed", file_of("{" + entry(), b"\0" * 8)),
    ("text after the header", file_of("{" + entry() + "}x", b"\0" * 8)),
    ("two objects", file_of("{" + entry() + "}{}", b"\0" * 8)),
    ("trailing comma", file_of("{" + entry() + ",}", b"\0" * 8)),
    ("single quotes", file_of(("{" + entry() + "}").replace('"', "'"), b"\0" * 8)),
    ("not UTF-8", file_of(b'{"\xff' + entry().encode()[1:] + b"}", b"\0" * 8)),
    ("control character in a name", file_of("{" + entry("a\nb") + "}", b"\0" * 8)),
    ("half a surrogate", one(name="\\ud800")),
    ("zero byte for the end", file_of(b"{" + entry().encode() + b"}\0", b"\0" * 8)),
    ("escaped name", one(name="\\u0074")),
    ("empty name", one(name="")),
    ("name with NUL", one(name="a\\u0000b")),
    ("name twice", file_of("{" + entry(offsets="[0,8]") + "," + entry(offsets="[8,16]") + "}", b"\0" * 16)),
    ("nested deeply", file_of('{"t":' + "[" * 500 + "]" * 500 + "}")),
    ("entry is a number", file_of('{"t":1}')),
    ("entry is a list", file_of('{"t":[]}')),
    ("entry is empty", file_of('{"t":{}}')),
    ("no dtype", file_of('{"t":{"shape":[2],"data_offsets":[0,8]}}', b"\0" * 8)),
    ("no shape", file_of('{"t":{"dtype":"F32","data_offsets":[0,8]}}', b"\0" * 8)),
    ("no offsets", file_of('{"t":{"dtype":"F32","shape":[2]}}', b"\0" * 8)),
    ("dtype twice", file_of('{"t":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', b"\0" * 8)),
    ("another key", file_of('{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}', b"\0" * 8)),
    ("dtype is a number", one(dtype="32")),
    ("dtype in lower case", one(dtype='"f32"')),
    ("dtype unknown", one(dtype='"F33"')),
    ("shape is a number", one(shape="2")),
    ("shape is an object", one(shape='{"0":2}')),
    ("extent is a string", one(shape='["2"]')),
    ("extent is negative", one(shape="[-2]")),
    ("extent is a fraction", one(shape="[2.5]")),
    ("extent is null", one(shape="[null]")),
    ("extent with a zero before", one(shape="[02]")),
    ("extent with a point", one(shape="[2.0]")),
    ("shape too large for its data", one(shape="[3]")),
    ("shape too small for its data", one(shape="[1]")),
    ("shape of rank 0", one(shape="[]", offsets="[0,4]", data=4)),
    ("shape of rank 0 with two elements", one(shape="[]")),
    ("shape of rank 9", one(shape="[1,1,1,1,1,1,1,1,2]")),
    ("product overflows", one(shape="[4294967296,4294967296]")),
    ("product overflows to the right size", one(shape="[4294967296,4294967296,2]")),
    ("bytes overflow", one(dtype='"F64"', shape="[2305843009213693953]")),
    ("empty tensor", one(shape="[0,3]", offsets="[0,0]", data=0)),
    ("empty after overflow", one(shape="[4294967296,4294967296,0]", offsets="[0,0]", data=0)),
    ("offsets are a number", one(offsets="8")),
    ("one offset", one(offsets="[0]")),
    ("three offsets", one(offsets="[0,8,8]")),
    ("negative offset", one(offsets="[-8,0]")),
    ("offset is a fraction", one(offsets="[0.5,8.5]")),
    ("offset is too large", one(offsets="[0,18446744073709551624]")),
    ("end before begin", one(offsets="[8,0]")),
    ("end beyond the data", one(data=7)),
    ("hole at the start", one(offsets="[1,9]", data=9)),
    ("hole between", two("[0,2]", "[3,5]", 5)),
    ("overlap", two("[0,2]", "[1,3]", 3)),
    ("the same place", two("[0,2]", "[0,2]", 2)),
    ("not in order", two("[2,4]", "[0,2]", 4)),
    ("metadata", file_of(META % '{"a":"b"}', b"\0" * 8)),
    ("empty metadata", file_of(META % "{}", b"\0" * 8)),
    ("metadata is null", file_of(META % "null", b"\0" * 8)),
    ("metadata is a list", file_of(META % "[]", b"\0" * 8)),
    ("metadata is a string", file_of(META % '"a"', b"\0" * 8)),
    ("metadata of a number", file_of(META % '{"a":1}', b"\0" * 8)),
    ("metadata of null", file_of(META % '{"a":null}', b"\0" * 8)),
    ("metadata of an object", file_of(META % '{"a":{}}', b"\0" * 8)),
    ("metadata key twice", file_of(META % '{"a":"b","a":"c"}', b"\0" * 8)),
    ("metadata twice", file_of('{"__metadata__":{},"__metadata__":{},' + entry() + "}", b"\0" * 8)),
]

STRICTER = {
    "name with NUL": "C strings end at NUL",
    "metadata key twice": "the format does not say which one counts",
    "another key": "its meaning is unknown",
    "metadata is null": "the format requires an object",
    "shape of rank 9": "charnn reads at most 8 dimensions",
}


def is_valid(content):
    try:
        safetensors.deserialize(content)
        return True
    except safetensors.SafetensorError:
        return False


def main():
    rows = []
    for name, content in FILES:
        row = {"name": name, "valid": is_valid(content)}
        if name in STRICTER:
            row["stricter"] = STRICTER[name]
        row["bytes"] = content.hex()
        rows.append(row)
    with open(os.path.join(FOLDER, "malformed.json"), "w", encoding="utf-8") as out:
        out.write('{"package":"safetensors %s","files":[\n' % safetensors.__version__)
        out.write(",\n".join(json.dumps(row) for row in rows))
        out.write("\n]}\n")
    print(len(rows), "files,", sum(not row["valid"] for row in rows), "of them malformed")


main()
