"""table.py DIR -- the rows measured so far as a Markdown table, and what they were measured on."""
import glob
import json
import os
import platform
import subprocess
import sys
import time


def said(*command):
    """The first line that a command prints; nothing where it cannot be run."""
    try:
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    return text.strip().split("\n")[0]


def processor():
    """Model, or where a virtual machine hides it, family and what it can do."""
    known = {}
    with open("/proc/cpuinfo") as file:
        for line in file:
            key, _, value = line.partition(":")
            known.setdefault(key.strip(), value.strip())
    flags = known.get("flags", known.get("Features", "")).split()
    wide = [f for f in ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "sve", "asimd") if f in flags]
    name = known.get("model name", platform.machine())
    if "cpu family" in known:
        name += f" (family {known['cpu family']}, model {known['model']})"
    return f"{name}, {' '.join(wide)}" + (", virtual" if "hypervisor" in flags else "")


def memory():
    with open("/proc/meminfo") as file:
        return round(int(file.readline().split()[1]) / (1 << 20))


def machine():
    cores = len(os.sched_getaffinity(0))
    with open("/etc/os-release") as file:
        system = next(line.split('"')[1] for line in file if line.startswith("PRETTY_NAME"))
    versions = ((name, said("pkg-config", "--modversion", package)) for name, package in (
        ("ICU", "icu-uc"), ("expat", "expat"), ("zstd", "libzstd"), ("jansson", "jansson")))
    libraries = " ".join(f"{name} {version}" for name, version in versions if version)
    commit = said("git", "rev-parse", "--short=10", "HEAD")
    if said("git", "status", "--porcelain", "--untracked-files=no"):
        commit += " and changes"
    compiler = said(*os.environ.get("CC", "cc").split(), "--version")
    return (f"{cores} cores of {processor()}; {memory()} GiB; {system}, "
            f"Linux {platform.release()}; {compiler}; "
            f"{libraries}.\n"
            f"{time.strftime('%Y-%m-%d', time.gmtime())}, commit {commit}.")


def peers(folder):
    wanted = ("tokenizers flash_tokenizer tiktoken quicktok-v1 sentencepiece youtokentome "
              "wikiextractor mosaicml-streaming").split()
    script = "import importlib.metadata as m, sys\nfor p in sys.argv[1:]:\n" \
             " try: print(p, m.version(p), end='; ')\n except m.PackageNotFoundError: pass"
    found = said(f"{folder}/venv/bin/python", "-c", script, *wanted)
    for program in ("lbzip2", "pbzip2", "mawk", "zstd"):
        version = said("dpkg-query", "-W", "-f", "${Version}", program)
        found += f" {program} {version};" if version else ""
    return found.rstrip("; ")


def number(value):
    return "%.3g" % value if value < 100 else "%.0f" % value


def cells(row):
    rate = "%s %s" % (number(row["our_rate"]), row["unit"])
    if row["peer"] == "-":
        theirs = ratio = "-"
    else:
        theirs = "%s %s" % (number(row["peer_rate"]), row["unit"])
        ratio = "%s (%s to %s)" % tuple(
            number(row[key]) for key in ("ratio", "ratio_min", "ratio_max"))
    return [row["program"], row["input"], row["ours"], rate, row["peer"], theirs, ratio,
            row["same"], "%.0f" % row["our_mib"],
            "%.0f" % row["peer_mib"] if row["peer"] != "-" else "-"]


def main(folder):
    head = ["program", "input", "ours", "rate", "peer", "its rate", "times as fast", "output",
            "MiB, ours", "MiB, peer"]
    rows = []
    for program in ("wikiextract", "tokenize", "freqstat", "mkvocab", "shard"):
        for path in sorted(glob.glob(f"{folder}/rows/{program}-??")):
            with open(path) as file:
                rows.append(json.load(file))
    if not rows:
        sys.exit("table: nothing has been measured")
    lines = [head] + [cells(row) for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    names = {"wall": "by the clock", "cpu": "that of the processor"}
    clocks = sorted({row["clock"] for row in rows})
    fewest = min(row["runs"] for row in rows)
    print(machine())
    print(f"Peers: {peers(folder)}.")
    print(f"Medians of {fewest} alternating runs; time is "
          + " or ".join(names[clock] for clock in clocks)
          + ".\nOurs is the whole process; of a Python library the call alone, so without start "
            "and loading.\n")
    for line in lines:
        print("| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |")


main(*sys.argv[1:])
