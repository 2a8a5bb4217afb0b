"""Makes safetensors_golden.tsv: files, and what the reference implementation says of each.

    python3 tests/unit/safetensors_golden.py >tests/unit/safetensors_golden.tsv

Needs the packages safetensors and numpy.  Columns: name of the case; "ok" or "refused", as
safetensors.deserialize decides; the file's bytes in hexadecimal.
"""
import json
import struct
import sys

import numpy
from safetensors import deserialize
from safetensors.numpy import save


def pack(header, data=b""):
    if not isinstance(header, bytes):
        header = json.dumps(header).encode()
    return struct.pack("<Q", len(header)) + header + data


def entry(dtype="F32", shape=(2,), at=(0, 8), **more):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(at), **more}


D8 = bytes(range(8))
CASES = {
    # four types, to be written again byte by byte by the test
    "written": save({
        "b.weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3),
        "a.weight": numpy.array(0.5, dtype=numpy.float32),
        "ids": numpy.arange(3, dtype=numpy.int64),
        "half": numpy.array([1, -2], dtype=numpy.float16),
        "count": numpy.array([7], dtype=numpy.int32),
        "mask": numpy.array([True, False, True]),
        "none": numpy.zeros((0, 4), dtype=numpy.float32),
        "bytes": numpy.arange(5, dtype=numpy.uint8),
    }, metadata={"format": "pt"}),
    "plain": pack({"a": entry()}, D8),
    "two": pack({"a": entry(at=(8, 16)), "b": entry()}, D8 + D8),
    "no tensors": pack({}),
    "metadata only": pack({"__metadata__": {"format": "pt"}}),
    "scalar": pack({"a": entry(shape=(), at=(0, 4))}, D8[:4]),
    "zero dimension": pack({"a": entry(shape=(0, 3), at=(0, 0))}),
    "zero beside data": pack({"a": entry(), "b": entry(shape=(0,), at=(8, 8))}, D8),
    "zero at the start": pack({"a": entry(), "b": entry(shape=(0,), at=(0, 0))}, D8),
    "padding": pack(json.dumps({"a": entry()}).encode() + b"     ", D8),
    "unknown field": pack({"a": entry(more=1)}, D8),
    "bf16": pack({"a": entry("BF16", (4,))}, D8),
    "u64": pack({"a": entry("U64", (1,))}, D8),
    "space before": pack(b" " + json.dumps({"a": entry()}).encode(), D8),
    "empty": b"",
    "seven bytes": b"\0" * 7,
    "header length 0": struct.pack("<Q", 0),
    "header too long": struct.pack("<Q", 100000001) + b"{}",
    "header beyond the file": struct.pack("<Q", 3) + b"{}",
    "header length 2^63": struct.pack("<Q", 1 << 63) + b"{}",
    "not JSON": pack(b"{a}"),
    "cut JSON": pack(b'{"a":'),
    "array": pack(b"[]"),
    "text behind": pack(b"{} x"),
    "not UTF-8": pack(b'{"\xff":' + json.dumps(entry()).encode() + b"}", D8),
    "duplicate names": pack(b'{"a":' + json.dumps(entry()).encode() + b',"a":'
                            + json.dumps(entry()).encode() + b"}", D8),
    "hole": pack({"a": entry(), "b": entry(at=(12, 20))}, D8 + D8 + D8[:4]),
    "hole at the start": pack({"a": entry(at=(4, 12))}, D8 + D8[:4]),
    "overlap": pack({"a": entry(), "b": entry(at=(4, 12))}, D8 + D8[:4]),
    "same place twice": pack({"a": entry(), "b": entry()}, D8),
    "data too short": pack({"a": entry()}, D8[:7]),
    "data too long": pack({"a": entry()}, D8 + b"x"),
    "data without tensors": pack({}, b"x"),
    "shape too large": pack({"a": entry(shape=(3,))}, D8),
    "shape too small": pack({"a": entry(shape=(1,))}, D8),
    "shape overflows to 8": pack({"a": entry(shape=(1 << 62, 4, 2))}, D8),
    "shape overflows to 0": pack({"a": entry(shape=(1 << 32, 1 << 32), at=(0, 0))}),
    "backwards": pack({"a": entry(at=(8, 0))}, D8),
    "negative offset": pack({"a": entry(at=(-8, 0))}, D8),
    "negative shape": pack({"a": entry(shape=(-2,))}, D8),
    "real shape": pack({"a": entry(shape=(2.0,))}, D8),
    "offset 2^64": pack(b'{"a":{"dtype":"F32","shape":[2],'
                        b'"data_offsets":[0,18446744073709551624]}}', D8),
    "one offset": pack({"a": entry(at=(0,))}, D8),
    "three offsets": pack({"a": entry(at=(0, 8, 8))}, D8),
    "no dtype": pack({"a": {"shape": [2], "data_offsets": [0, 8]}}, D8),
    "no shape": pack({"a": {"dtype": "F32", "data_offsets": [0, 8]}}, D8),
    "no offsets": pack({"a": {"dtype": "F32", "shape": [2]}}, D8),
    "unknown dtype": pack({"a": entry("F33")}, D8),
    "small dtype": pack({"a": entry("f32")}, D8),
    "entry is a list": pack({"a": [1, 2]}, D8),
    "metadata number": pack({"__metadata__": {"format": 1}, "a": entry()}, D8),
    "metadata list": pack({"__metadata__": ["format"], "a": entry()}, D8),
}

for name, data in CASES.items():
    try:
        deserialize(data)
        verdict = "ok"
    except Exception:
        verdict = "refused"
    sys.stdout.write(f"{name}\t{verdict}\t{data.hex()}\n")
