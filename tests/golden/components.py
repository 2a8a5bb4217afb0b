#!/usr/bin/env python3
"""Random tokenizers of all components, on random lines: Hugging Face `tokenizers` against tokenize.

    python3 tests/golden/components.py BIN HELPER [SEED [ROUNDS]]

BIN holds tokenize, HELPER adversary.

Prints each difference, and ends with how many tokenizers were compared; exit status 1 if any
differs.
"""
import os
import random
import subprocess
import sys
import tempfile

from tokenizers import AddedToken, Tokenizer, models, normalizers as N, pre_tokenizers as P
from tokenizers import processors as R

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tokenize")
BEHAVIOURS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]


def normalizer(r, deep=0):
    return r.choice([
        lambda: N.BertNormalizer(r.random() < .5, r.random() < .5, r.choice([None, True, False]),
                                 r.random() < .5),
        N.Lowercase, N.NFC, N.NFD, N.NFKC, N.NFKD, N.StripAccents,
        lambda: N.Strip(r.random() < .5, r.random() < .5),
        lambda: N.Prepend(r.choice(["\u2581", "x y", "E\u0301"])),
        lambda: N.Replace(r.choice([" ", "...", "a", "'s", "\u00c9", "aa"]),
                          r.choice(["", "\u2581", "b ", "xyz"])),
        lambda: N.Sequence([normalizer(r, deep + 1) for _ in range(r.randint(0, 3))]) if deep < 2
        else N.NFC()])()


def pre_tokenizer(r, deep=0):
    return r.choice([
        P.BertPreTokenizer, P.Whitespace, P.WhitespaceSplit,
        lambda: P.Punctuation(r.choice(BEHAVIOURS)),
        lambda: P.ByteLevel(r.random() < .5, r.random() < .5, r.random() < .5),
        lambda: P.Metaspace(r.choice("\u2581_"), r.choice(["always", "never", "first"]),
                            r.random() < .5),
        lambda: P.Sequence([pre_tokenizer(r, deep + 1) for _ in range(r.randint(0, 3))])
        if deep < 2 else P.WhitespaceSplit()])()


def model(r, lines):
    names = ["bpe-bytes", "bpe-first", "bpe-metaspace", "bpe-suffix", "bpe-words", "nfkd",
             "wordpiece-cased"]
    tokenizer = Tokenizer.from_file(os.path.join(HERE, r.choice(names) + ".json"))
    if not isinstance(tokenizer.model, models.BPE):
        tokenizer.model.max_input_chars_per_word = r.choice([3, 20, 100, 200])
    elif r.random() < .5:
        tokenizer.model.fuse_unk = r.random() < .5
        tokenizer.model.byte_fallback = r.random() < .5
        tokenizer.model.ignore_merges = r.random() < .5
    return tokenizer


def processor(r, tokenizer, deep=0):
    one, two = ((tokenizer.id_to_token(i), i) for i in (1, 2))
    return r.choice([
        R.ByteLevel, lambda: R.BertProcessing(one, two), lambda: R.RobertaProcessing(one, two),
        lambda: R.TemplateProcessing(single=[one[0], "$A", two[0], two[0]], pair=["$A", "$B"],
                                     special_tokens=[one, two]),
        lambda: R.Sequence([R.ByteLevel(), processor(r, tokenizer, 1)]) if deep == 0
        else R.ByteLevel()])()


def build(r, lines):
    tokenizer = model(r, lines)
    if r.random() < .8:
        tokenizer.normalizer = normalizer(r)
    if r.random() < .9:
        tokenizer.pre_tokenizer = pre_tokenizer(r)
    for text in r.sample(["[new]", "the", "<mask>", "a", "...", "\u4e2d", "[MASK]", "Th"],
                         r.randint(0, 4)):
        tokenizer.add_tokens([AddedToken(text, single_word=r.random() < .5, lstrip=r.random() < .5,
                                         rstrip=r.random() < .5, normalized=r.random() < .5)])
    tokenizer.post_processor = processor(r, tokenizer)
    return tokenizer


def compare(tokenizer, lines, bin, folder):
    """0: the same; 1: it differs; 2: refused, as the page says."""
    paths = [os.path.join(folder, name) for name in ("t.json", "text")]
    tokenizer.save(paths[0])
    tokenizer = Tokenizer.from_file(paths[0])
    with open(paths[1], "w", newline="\n") as file:
        file.write("\n".join(lines) + "\n")
    got = subprocess.run([bin + "/tokenize", "-q", "-j1", "--sentences", "none", "--format", "ids",
                          "--special",
                          "-m", paths[0], paths[1]], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if got.returncode != 0:
        message = got.stderr.decode().strip()
        known = any(text in message for text in ("both found as", "leaves nothing of",
                                                 "\"first\" is not"))
        print(("refused: " if known else "FAILED: ") + message)
        return 2 if known else 1
    want = [" ".join(map(str, e.ids)) for e in tokenizer.encode_batch(lines)]
    for line, w, g in zip(lines, want, got.stdout.decode().split("\n")):
        if w != g:
            print("DIFFERS on %r\n  want %s\n  got  %s\n  %s" % (line[:300], w[:300], g[:300], [
                str(part)[:500] for part in (tokenizer.normalizer, tokenizer.pre_tokenizer,
                                             tokenizer.post_processor,
                                             tokenizer.get_added_tokens_decoder())]))
            return 1
    return 0


def begin():
    """What the command line gives: BIN, a source of numbers, ROUNDS, and HELPER's lines."""
    bin, helper = sys.argv[1:3]
    seed, rounds = (int(sys.argv[i]) if len(sys.argv) > i else default for i,
                    default in ((3, 1), (4, 200)))
    text = subprocess.run([helper + "/adversary", "1000"], stdout=subprocess.PIPE,
                          check=True).stdout.decode()
    return bin, random.Random(seed), rounds, text.split("\n")[:-1]


def main():
    bin, r, rounds, lines = begin()
    counts = [0, 0, 0]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            some = r.sample(lines[-20000:], 200) + r.sample(lines[:300], 20)
            counts[compare(build(r, some), some, bin, folder)] += 1
    print("%d the same, %d different, %d refused" % tuple(counts))
    sys.exit(counts[1] > 0)


if __name__ == "__main__":
    main()
