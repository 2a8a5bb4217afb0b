#!/usr/bin/env python3
"""Golden results for mkvocab, made with Hugging Face `tokenizers` (0.23.3).

    python3 tests/golden/mkvocab.py DATA BIN          tests/golden/mkvocab.tsv, for
    tests/real/mkvocab.sh python3 tests/golden/mkvocab.py ties WORDS SIZE BIN

mkvocab.tsv: the options of mkvocab, the text, the SHA-256 of the tokenizer.json, and that of the
ids that Hugging Face gives with it, a line of text a line.

`ties` shows where the merges of mkvocab and of Hugging Face's BpeTrainer come apart: a third
program, below, learns from WORDS twice, and breaks ties once by the bytes of the tokens, once by
the numbers that BpeTrainer gave them.  Both times all merges must be those of the one and of the
other.
"""
import collections
import hashlib
import heapq
import json
import os
import subprocess
import sys

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[NOTA]"]
TEXTS = {
    "en": "zstd -dcq {}/text/enwiki-2015-a.txt.zst 2>/dev/null | head -c 10000000",
    "wiki": "find {0}/wiki/mini -name '*.bz2' | LC_ALL=C sort | xargs bzcat | head -c 6000000",
}
CASES = ["--size 8192", "--size 4000 --no-lowercase", "--size 8192 --model wordpiece",
         "--size 30000 --alphabet 3000", "--size 30000 --alphabet 3000 --model wordpiece"]


def golden(data, bin_):
    with open(os.path.join(HERE, "mkvocab.tsv"), "w") as out:
        for text, command in TEXTS.items():
            raw = subprocess.run(command.format(data), shell=True, stdout=subprocess.PIPE).stdout
            lines = raw.decode("utf-8", "replace").removesuffix("\n").split("\n")
            for options in CASES:
                cased = "--no-lowercase" in options
                normalizer = "bert-cased" if cased else "bert-uncased"
                made = subprocess.run(
                    f"{bin_}/tokenize -q --words --normalizer {normalizer} --sentences none | "
                    f"{bin_}/freqstat | {bin_}/mkvocab -q {options}",
                    shell=True, input=raw, stdout=subprocess.PIPE, check=True).stdout
                tokenizer = Tokenizer.from_str(made.decode())
                ids = hashlib.sha256()
                for at in range(0, len(lines), 10000):
                    for e in tokenizer.encode_batch(lines[at:at + 10000], add_special_tokens=False):
                        ids.update((" ".join(map(str, e.ids)) + "\n").encode())
                print(options, text, hashlib.sha256(made).hexdigest(), ids.hexdigest(),
                      sep="\t", file=out, flush=True)


def learn(rows, count, key):
    """Byte-pair encoding: of the commonest pairs the one with the smallest key."""
    words, pairs, where = [], collections.Counter(), collections.defaultdict(set)
    for word, times in rows:
        pieces = [word[0]] + ["##" + c for c in word[1:]]
        for pair in zip(pieces, pieces[1:]):
            pairs[pair] += times
            where[pair].add(len(words))
        words.append((pieces, times))
    heap = [(-n, key(pair), pair) for pair, n in pairs.items()]
    heapq.heapify(heap)
    merges = []
    while heap and len(merges) < count:
        n, _, best = heapq.heappop(heap)
        if pairs[best] != -n or n == 0:
            continue
        merges.append(best)
        changed = set()
        for i in where[best]:
            pieces, times = words[i]
            joined, at = [], 0
            while at < len(pieces):
                both = tuple(pieces[at:at + 2]) == best
                joined.append(best[0] + best[1][2:] if both else pieces[at])
                at += 2 if both else 1
            if len(joined) == len(pieces):
                continue
            words[i] = (joined, times)
            for pair in zip(pieces, pieces[1:]):
                pairs[pair] -= times
                changed.add(pair)
            for pair in zip(joined, joined[1:]):
                pairs[pair] += times
                where[pair].add(i)
                changed.add(pair)
        for pair in changed:
            if pairs[pair] > 0:
                heapq.heappush(heap, (-pairs[pair], key(pair), pair))
    return merges


def ties(table, size, bin_):
    with open(table, encoding="utf-8") as file:
        rows = [(word, int(n)) for word, n in (line.rstrip("\n").split("\t") for line in file)]

    def text():
        for word, n in rows:
            for at in range(0, n, 20000):
                yield (word + " ") * min(20000, n - at)

    theirs = Tokenizer(models.BPE(unk_token="[UNK]", continuing_subword_prefix="##"))
    theirs.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    theirs.train_from_iterator(text(), trainers.BpeTrainer(
        vocab_size=size, special_tokens=SPECIAL, continuing_subword_prefix="##",
        show_progress=False))
    theirs = json.loads(theirs.to_str())["model"]
    ours = json.loads(subprocess.run([f"{bin_}/mkvocab", "-q", "--size", str(size), "--alphabet",
                                      "1114112", table], stdout=subprocess.PIPE,
                                      check=True).stdout)["model"]
    same = 0
    while same < len(ours["merges"]) and ours["merges"][same] == theirs["merges"][same]:
        same += 1
    only = set(map(tuple, ours["merges"])) - set(map(tuple, theirs["merges"]))
    print(f"{len(ours['merges'])} merges; the first {same} are the same; "
          f"{len(only)} are ours alone")
    by_bytes = learn(rows, len(ours["merges"]), lambda pair: [token.encode() for token in pair])
    print("ties by bytes: mkvocab", by_bytes == [tuple(m) for m in ours["merges"]])
    ids = collections.defaultdict(lambda: 1 << 32, theirs["vocab"])
    by_ids = learn(rows, len(theirs["merges"]), lambda pair: [ids[token] for token in pair])
    print("ties by number: BpeTrainer", by_ids == [tuple(m) for m in theirs["merges"]])


if __name__ == "__main__":
    if sys.argv[1] == "ties":
        ties(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        golden(*sys.argv[1:])
