"""write_mosaicml.py SAMPLES.jsonl FOLDER -- samples into MDS shards by MosaicML, zstd -1."""
import json
import shutil
import sys

import numpy
from streaming import MDSWriter

import clock


def write(rows, folder):
    with MDSWriter(out=folder, columns={"ids": "ndarray:uint16"}, compression="zstd:1",
                   hashes=["xxh3_64"]) as writer:
        for row in rows:
            writer.write({"ids": row})


with open(sys.argv[1]) as file:
    samples = [numpy.array(json.loads(line)["ids"], numpy.uint16) for line in file]
shutil.rmtree(sys.argv[2], ignore_errors=True)
clock.work(write, samples, sys.argv[2])
