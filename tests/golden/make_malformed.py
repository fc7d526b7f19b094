#!/usr/bin/env python3
"""Makes malformed.json: small safetensors files, most of them malformed, with the verdict of the
official Python package.

    python3 tests/golden/make_malformed.py                    (needs safetensors; writes beside itself)
    python3 tests/golden/make_malformed.py --random N FILE    N files made of those by chance, to FILE

Each row has the bytes of a file in hexadecimal and the verdict "valid". tests/checkpoint/test_formats.c
checks that charnn agrees. In rows with "stricter", charnn refuses a file that the package accepts, for
the stated reason.
"""
import json
import os
import random
import struct
import sys

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
    ("escape without digits", one(name="t\\uZZZZx")),
    ("escape with three digits", one(name="\\u12G")),
    ("byte order mark in the header", file_of(b"{\xef\xbb\xbf" + entry().encode() + b"}", b"\0" * 8)),
    ("byte order mark before the header", file_of(b"\xef\xbb\xbf{" + entry().encode() + b"}", b"\0" * 8)),
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


NAMES = ["t", "", "a b", "\\u0074", "\\uZZZZ", "\\u12G4", "\\u12", "\\u-123", "\\u 123", "\\ud83d\\ude00", "\\ud83d", "\\ude00",
         "\\ud83d\\u0041", "\\ud83d\\uZZZZ", "\\x41", "\\U0041", "\\/\\b\\f\\n\\r\\t\\\\\\\"", "\\'", "\\", "\u00e9\u20ac\U0001f600", "\x7f", "\t",
         "t\\uZZZZx", "\\u0000", "__metadata__"]
NUMBERS = ["0", "1", "2", "8", "02", "-0", "-1", "+1", "2.0", "2e0", "2E+0", ".5", "1.", "0x2", "1_0", "\uff12", "9007199254740991",
           "9007199254740992", "18446744073709551615", "18446744073709551616", "1" + "0" * 70, "true", "null", "NaN", "Infinity", '"2"']
BYTES = [bytes([b]) for b in b'"\\{}[]:,0123456789.eE+-utn/ \t\n\r\x00\x0b\x1f\x7f\xff\xc3'] + [
    b"\xef\xbb\xbf", b"\xc2\xa0", b"\xc3\xa9", b"\xed\xa0\x80", b"//", b"/**/", b"\\u", b"\\u0000", b"\\uZZZZ"]


def made_by_chance(chance):
    """A file of the list, or a good one with other parts, in which some bytes may differ."""
    if chance.random() < 0.2:
        content = chance.choice(FILES)[1]
        header, data = content[8:], b""
        size = struct.unpack("<Q", content[:8])[0] if len(content) >= 8 else 0
        if size <= len(header):
            header, data = header[:size], header[size:]
    else:
        def usually(usual, others):
            return usual if chance.random() < 0.9 else chance.choice(others)

        shape = ",".join([usually("2", NUMBERS)] + [usually("1", NUMBERS)] * chance.choice([0, 0, 1, 8]))
        row = entry(usually("t", NAMES), usually('"F32"', ['"I32"', '"U32"', '"U8"', '"f32"', "null"]), f"[{shape}]",
                    f"[{usually('0', NUMBERS)},{usually('8', NUMBERS)}]")
        meta = f'"__metadata__":{{"{usually("a", NAMES)}":"{chance.choice(NAMES)}"}},' if chance.random() < 0.5 else ""
        header, data = ("{" + meta + row + "}").encode(), b"\0" * 8
    for _ in range(chance.choice([0, 0, 0, 0, 1, 2])):
        at = chance.randrange(len(header) + 1)
        header = header[:at] + chance.choice(BYTES) + header[at + chance.randrange(2):]
    header = chance.choice([b""] * 30 + [b" ", b"\n", b"\xef\xbb\xbf"]) + header + chance.choice([b""] * 30 + [b" ", b"\n\t\r ", b"\0", b"x"])
    return struct.pack("<Q", len(header) + chance.choice([0] * 30 + [-1, 1])) + header + data


def reason_to_be_stricter(content):
    """Why charnn refuses a valid file, or None."""
    found = [] if content[8:9] == b"{" else ["the format asks for { as the first byte"]

    def look(pairs):
        keys = [key for key, _ in pairs]
        if len(set(keys)) < len(keys):
            found.append("a key twice")
        if "dtype" in keys and len(keys) > 3:
            found.append(STRICTER["another key"])
        if any("\0" in text for pair in pairs for text in pair if isinstance(text, str)):
            found.append(STRICTER["name with NUL"])
        for key, value in pairs:
            if key == "__metadata__" and value is None:
                found.append(STRICTER["metadata is null"])
            if key == "shape" and len(value) > 8:
                found.append(STRICTER["shape of rank 9"])
            if key == "shape" and max(value, default=0) >= 2**53:
                found.append("charnn reads at most 2^53 - 1 for a size")
        return dict(pairs)

    json.loads(content[8:8 + struct.unpack("<Q", content[:8])[0]].decode(), object_pairs_hook=look)
    return found[0] if found else None


def random_rows(count):
    chance = random.Random(1)
    for i in range(count):
        content = made_by_chance(chance)
        row = {"name": f"{i}: {content[8:]!r}", "valid": is_valid(content)}
        reason = reason_to_be_stricter(content) if row["valid"] else None
        if reason is not None:
            row["stricter"] = reason
        row["bytes"] = content.hex()
        yield row


def write(path, rows):
    rows = list(rows)
    with open(path, "w", encoding="utf-8") as out:
        out.write('{"package":"safetensors %s","files":[\n' % safetensors.__version__)
        out.write(",\n".join(json.dumps(row) for row in rows))
        out.write("\n]}\n")
    print(len(rows), "files,", sum(not row["valid"] for row in rows), "of them malformed")


def listed_rows():
    for name, content in FILES:
        row = {"name": name, "valid": is_valid(content)}
        if name in STRICTER:
            row["stricter"] = STRICTER[name]
        row["bytes"] = content.hex()
        yield row


if sys.argv[1:2] == ["--random"]:
    write(sys.argv[3], random_rows(int(sys.argv[2])))
else:
    write(os.path.join(FOLDER, "malformed.json"), listed_rows())
