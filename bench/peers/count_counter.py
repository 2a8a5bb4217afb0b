"""count_counter.py TEXT -- Python's collections.Counter, a line at a time."""
import collections
import os
import sys

import clock


def count(path):
    counts = collections.Counter()
    with open(path, "rb") as file:
        for line in file:
            counts.update(line.split())
    return sorted(counts.items(), key=lambda row: (-row[1], row[0]))


made = clock.work(count, sys.argv[1])
if "PRINT" in os.environ:
    sys.stdout.buffer.writelines(b"%s\t%d\n" % row for row in made)
