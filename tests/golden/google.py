#!/usr/bin/env python3
"""Golden hashes of google-research/bert's own tokenizer for tests/cli and tests/real of tokenize
--compat google.

    python3 tests/golden/google.py BERT HELPER               tests/golden/tokenize/google.tsv
    python3 tests/golden/google.py BERT HELPER real DATA DIR  tests/golden/tokenize/google-real.tsv

BERT is the folder of tokenization.py as the PyPI package bert-tensorflow 1.0.4 has it; HELPER is
build/tests/helper; DATA and DIR are as in tokenize.py.  Run with Python 3.11: the program asks the
unicodedata of its Python, here Unicode 14.0.  A row is the SHA-256 of the ids, a line of text a
line.
"""
import hashlib
import io
import json
import os
import sys
import types
import unicodedata

from texts import awkward, lines_of, read, real

SLOW = ("bert-base-uncased", "bert-base-multilingual-cased")  # minutes each
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tokenize")


def load(folder):
    """tokenization.py without TensorFlow, of which it only wants to open a file and define a
    flag."""
    flags = types.SimpleNamespace(FLAGS=types.SimpleNamespace(preserve_unused_tokens=False),
                                  DEFINE_bool=lambda *args: None)
    tensorflow = types.ModuleType("tensorflow")
    tensorflow.compat = types.ModuleType("tensorflow.compat")
    tensorflow.compat.v1 = types.ModuleType("tensorflow.compat.v1")
    tensorflow.compat.v1.gfile = types.SimpleNamespace(
        GFile=lambda path, mode: io.open(path, mode, encoding="utf-8", newline="\n"))
    absl = types.ModuleType("absl")
    absl.flags = flags
    six = types.ModuleType("six")
    six.PY2, six.PY3 = False, True
    sys.modules.update({"tensorflow": tensorflow, "tensorflow.compat": tensorflow.compat,
                        "tensorflow.compat.v1": tensorflow.compat.v1, "absl": absl, "six": six})
    sys.path.insert(0, folder)
    import tokenization
    return tokenization


def digest(tokenizer, text):
    hash = hashlib.sha256()
    for line in lines_of(text):
        ids = tokenizer.convert_tokens_to_ids(tokenizer.tokenize(line))
        hash.update((" ".join(map(str, ids)) + "\n").encode())
    return hash.hexdigest()


def of_json(tokenization, path):
    """A tokenizer with the vocabulary and the case of a tokenizer.json."""
    with open(path) as file:
        root = json.load(file)
    tokenizer = object.__new__(tokenization.FullTokenizer)
    tokenizer.vocab = root["model"]["vocab"]
    tokenizer.basic_tokenizer = tokenization.BasicTokenizer(
        do_lower_case=root["normalizer"]["lowercase"])
    tokenizer.wordpiece_tokenizer = tokenization.WordpieceTokenizer(vocab=tokenizer.vocab)
    return tokenizer


def main():
    assert unicodedata.unidata_version == "14.0.0", "run this with Python 3.11"
    tokenization = load(sys.argv[1])
    if len(sys.argv) == 3:
        texts = {**awkward(sys.argv[2], 10000), "text": read(HERE + "/text.txt")}
        names = {name: HERE + "/" + name + ".json"
                 for name in ("wordpiece-uncased", "wordpiece-cased")}
    else:
        texts = real(sys.argv[4], sys.argv[2])
        names = {"bert-base-" + name: sys.argv[5] + "/bert-base-" + name + "/tokenizer.json"
                 for name in ("uncased", "cased", "multilingual-cased", "chinese")}
    with open(HERE + ("/google.tsv" if len(sys.argv) == 3 else "/google-real.tsv"), "w") as file:
        for name, path in names.items():
            tokenizer = of_json(tokenization, path)
            for text in texts:
                if text in ("codepoints", "adversary", "text") or text == "wiki" and name in SLOW:
                    file.write("%s\t%s\t%s\n" % (name, text, digest(tokenizer, texts[text])))
                    file.flush()


if __name__ == "__main__":
    main()
