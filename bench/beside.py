"""beside.py -- measure two commands beside each other, and say whether they make the same.

    beside.py ROW PROGRAM INPUT BYTES UNIT SAME OURS_LABEL OURS PEER_LABEL PEER

Both run once with their output kept and compared as SAME says; then RUNS times (5) in turn, output
thrown away.  ROW, a file, gets one line of JSON.  Time is by the clock, or with CLOCK=cpu that of
the processor, for a machine which others use.  A peer that is a library writes the time of its
work into $INNER (peers/clock.py): its interpreter's start and its loading do not count.  Ours
counts whole.
Memory is the largest process of the command.  The ratio is the median of the runs' own ratios.

A PEER of "-" is none: ours is measured alone.

SAME: lines (the share of lines that differ), counts (words and counts in any order), bag (the share
of our lines that are the peer's too), none.
"""
import collections
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time


def run(command, output, environment):
    """Seconds and KiB of a shell command.  Memory is what time(1) says, started between the two:
    what wait4 gives here would be at least this program's own, as a child begins as a copy of
    it."""
    with tempfile.NamedTemporaryFile() as inner, tempfile.NamedTemporaryFile() as memory:
        start = time.perf_counter()
        child = subprocess.Popen(["/usr/bin/time", "-f", "%M", "-o", memory.name, "sh", "-c",
                                  command],
                                 stdout=output,
                                 env={**os.environ, **environment, "INNER": inner.name})
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        cpu = usage.ru_utime + usage.ru_stime
        if status != 0:
            sys.exit(f"beside: exit status {os.waitstatus_to_exitcode(status)}: {command}")
        told = inner.read().split()
        peak = int(memory.read().split()[-1])
    if told:
        wall, cpu = map(float, told)
    return cpu if os.environ.get("CLOCK") == "cpu" else wall, peak


def percent(part, whole):
    return "%.3g %%" % (100 * part / max(whole, 1))


def table(lines):
    """Words and their counts; of `uniq -c` the count comes first."""
    rows = [line.split() for line in lines]
    first = all(row[0].isdigit() for row in rows)
    return {(row[1], row[0]) if first else (row[0], row[1]) for row in rows}


def compare(how, ours, peer):
    a, b = (open(path, "rb").read().splitlines() for path in (ours, peer))
    if not a:
        sys.exit("beside: no output to compare")
    if how == "lines":
        differ = sum(x.split() != y.split() for x, y in zip(a, b)) + abs(len(a) - len(b))
        return "same ids" if differ == 0 else percent(differ, len(a)) + " of lines differ"
    if how == "counts":
        a, b = table(a), table(b)
        return "same counts" if a == b else percent(len(a ^ b), len(a | b)) + " of rows differ"
    known = collections.Counter(line.strip() for line in b)
    common = 0
    for line in a:
        common += known[line.strip()] > 0
    return percent(common, len(a)) + " of our lines are its"


def main(row, program, source, size, unit, how, ours_label, ours, peer_label, peer):
    same = "-"
    if how != "none":
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("ours", "peer")]
            for path, command in zip(paths, (ours, peer)):
                with open(path, "wb") as file:
                    run(command, file, {"PRINT": "1"})
            same = compare(how, *paths)
    runs = []
    for _ in range(int(os.environ.get("RUNS", "5"))):
        runs.append([run(command, subprocess.DEVNULL, {})
                     for command in (ours, peer) if command != "-"])
    scale = {"MB/s": 1e6, "k samples/s": 1e3}[unit]
    result = {
        "program": program, "input": source, "ours": ours_label, "peer": peer_label, "same": same,
        "unit": unit, "runs": len(runs), "clock": os.environ.get("CLOCK", "wall"),
    }
    for whose, of in zip(("our", "peer"), zip(*runs)):
        result[whose + "_rate"] = int(size) / statistics.median(s for s, _ in of) / scale
        result[whose + "_mib"] = max(kib for _, kib in of) / 1024
    if peer != "-":
        ratios = [theirs[0] / own[0] for own, theirs in runs]
        result.update(ratio=statistics.median(ratios), ratio_min=min(ratios),
                      ratio_max=max(ratios))
    with open(row + ".tmp", "w") as file:
        json.dump(result, file)
    os.rename(row + ".tmp", row)
    line = "%-11s %-22s %8.1f %s" % (program, ours_label, result["our_rate"], unit)
    if peer != "-":
        line += ", %s %.1f: %.3g times (%.3g to %.3g); %s" % (
            peer_label, result["peer_rate"], result["ratio"], result["ratio_min"],
            result["ratio_max"], same)
    print(line, flush=True)


if len(sys.argv) != 11:
    sys.exit(__doc__)
main(*sys.argv[1:])
