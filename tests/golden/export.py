#!/usr/bin/env python3
"""What the writers of other trainers make of the samples, for tests/cli/export.sh.

    make all build/tests/helper/mktokens
    BIN=build/bin HELPER=build/tests/helper python3 tests/golden/export.py

writes tests/golden/export.sha256: the SHA-256 of every file that megatron-core (made with 0.16.1)
and mosaicml-streaming (0.13.0) write for the samples of OUT/train.jsonl and OUT/valid.jsonl, and
reads the files of `shard --export` with both packages.  The streams are those of export.sh.

    python3 tests/golden/export.py megatron|mds [OUT SPLIT SAMPLES.jsonl] ...

reads what `shard --export` wrote to OUT with the format's own package: is each sample that of
SAMPLES.jsonl?
"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile

sys.path.pop(0)  # tokenize.py beside this one is not the standard library's

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
# name: arguments of mktokens, options of shard, --shard-size of mds (as in export.sh)
CASES = {
    "narrow": ("300 30000 50 1 700", "--valid 0.2", 1 << 16),
    "middle": ("100 65500 0 2", "--seq-len 128", None),
    "wide": ("100 70000 3 3", "--seq-len 300", None),
    "long": ("400 70000 0 4 70000", "--seq-len 65536 --valid 0.1", 1 << 18),
}


def run(line):
    subprocess.run(line, shell=True, check=True)


def official_megatron(out, samples, vocab):
    from megatron.core.datasets.indexed_dataset import DType, IndexedDatasetBuilder
    dtype = DType.optimal_dtype(vocab)
    builder = IndexedDatasetBuilder(out + ".bin", dtype=dtype)
    for sample in samples:
        builder.add_document(numpy.array(sample["ids"], dtype=dtype), [len(sample["ids"])])
    builder.finalize(out + ".idx")


def official_mds(out, samples, vocab, notes, size):
    from streaming import MDSWriter
    dtype = "uint16" if vocab <= 65535 else "uint32"
    columns = {"ids": "ndarray:" + dtype, "word": "ndarray:uint8"}
    if notes:
        columns["notes"] = "json"
    with MDSWriter(columns=columns, out=out, hashes=["xxh3_128"], size_limit=size) as writer:
        for sample in samples:
            row = {"ids": numpy.array(sample["ids"], dtype=dtype),
                   "word": numpy.array(sample["word"], dtype=numpy.uint8)}
            if notes:
                row["notes"] = sample["notes"]
            writer.write(row)


def read_megatron(out, split, samples):
    from megatron.core.datasets.indexed_dataset import IndexedDataset
    data = IndexedDataset(f"{out}/{split}")
    assert len(data) == len(samples) and len(data.document_indices) == len(samples) + 1
    for got, want in zip(data, samples):
        assert got.tolist() == want["ids"]


def read_mds(out, split, samples):
    from streaming import StreamingDataset
    data = StreamingDataset(local=out, split=split, shuffle=False, batch_size=1,
                            validate_hash="xxh3_128")
    assert len(data) == len(samples)
    for i, want in enumerate(samples):
        got = data[i]
        assert got["ids"].tolist() == want["ids"] and got["word"].tolist() == want["word"]
        assert got.get("notes") == want.get("notes")


READERS = {"megatron": read_megatron, "mds": read_mds}


def load(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def read(kind, *rest):
    for out, split, path in zip(rest[0::3], rest[1::3], rest[2::3]):
        samples = load(path)
        READERS[kind](out, split, samples)
        tokens = sum(len(s["ids"]) for s in samples)
        name = os.path.basename(out)
        print(f"{name}, {split}: {len(samples)} samples, {tokens} tokens", flush=True)


def main():
    shard, mktokens = os.environ["BIN"] + "/shard", os.environ["HELPER"] + "/mktokens"
    lines = []
    for name, (tokens, options, size) in CASES.items():
        vocab, notes = (int(x) for x in tokens.split()[1:3])
        with tempfile.TemporaryDirectory() as work:
            run(f"{mktokens} {tokens} | {shard} -q {options} -o {work}/data")
            for kind in ("jsonl", "megatron", "mds"):
                extra = f"--shard-size {size}" if size and kind == "mds" else ""
                run(f"{shard} -q --export {kind} {extra} -o {work}/{kind} {work}/data")
            for split in ("train", "valid"):
                if not os.path.exists(f"{work}/jsonl/{split}.jsonl"):
                    continue
                samples = load(f"{work}/jsonl/{split}.jsonl")
                for kind, reader in READERS.items():
                    reader(f"{work}/{kind}", split, samples)
                os.makedirs(f"{work}/want/megatron", exist_ok=True)
                official_megatron(f"{work}/want/megatron/{split}", samples, vocab)
                official_mds(f"{work}/want/mds/{split}", samples, vocab, notes, size or 1 << 26)
            for folder, _, files in sorted(os.walk(f"{work}/want")):
                for file in sorted(files):
                    path = os.path.join(folder, file)
                    with open(path, "rb") as opened:
                        digest = hashlib.sha256(opened.read()).hexdigest()
                    lines.append(f"{digest}  {name}/{os.path.relpath(path, work + '/want')}\n")
    with open(os.path.join(HERE, "export.sha256"), "w") as file:
        file.writelines(lines)
    print(f"{len(lines)} files, all samples read back", file=sys.stderr)


if __name__ == "__main__":
    read(*sys.argv[1:]) if len(sys.argv) > 1 else main()
