"""The texts that golden ids are made of: what the helpers print, and the real data."""
import glob
import subprocess


def run(*args):
    return subprocess.run(args, stdout=subprocess.PIPE, check=True).stdout


def read(path):
    with open(path, "rb") as file:
        return file.read().decode()


def lines_of(text):
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def awkward(helper, longest):
    """What build/tests/helper/{codepoints,adversary} print."""
    return {"codepoints": run(helper + "/codepoints").decode(),
            "adversary": run(helper + "/adversary", str(longest)).decode()}


def real(data, helper):
    """DATA is CLOZE_DATA; wiki is the dumps as they are, markup and all, one of them not UTF-8;
    mini is those of the many languages, a page or a few of each."""
    mini = b"".join(run("bzcat", path) for path in sorted(glob.glob(data + "/wiki/mini/*.bz2")))
    dumps = b"".join(run("bzcat", path) for path in sorted(
        glob.glob(data + "/wiki/*.bz2") + glob.glob(data + "/wiki/mini/*.bz2"),
        key=lambda path: path[len(data):].encode()))
    return {"mini": mini.decode("utf-8", "replace"), "wiki": dumps.decode("utf-8", "replace"),
            **awkward(helper, 100000),
            "enwiki-2015-a": run("zstd", "-dc",
                                 data + "/text/enwiki-2015-a.txt.zst").decode("utf-8", "replace")}
