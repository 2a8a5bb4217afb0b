"""clock.py -- what the scripts of peers share.

A peer is imported and its vocabulary loaded first; `work` times the call that does the work, and
writes seconds by the clock and of the processor into the file that $INNER names, for beside.py.
What was made is printed only where $PRINT is set, and then untimed.
"""
import os
import resource
import sys
import time


def processor():
    """Seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def work(function, *args, **options):
    wall, cpu = time.perf_counter(), processor()
    result = function(*args, **options)
    wall, cpu = time.perf_counter() - wall, processor() - cpu
    if "INNER" in os.environ:
        with open(os.environ["INNER"], "w") as file:
            print(wall, cpu, file=file)
    return result


def lines(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        text = file.read()
    return text.removesuffix("\n").split("\n")


def print_ids(rows):
    if "PRINT" in os.environ:
        sys.stdout.writelines(" ".join(map(str, row)) + "\n" for row in rows)
