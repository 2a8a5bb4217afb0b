#!/usr/bin/env python3
"""Mutated tokenizer.json files, on random lines: Hugging Face `tokenizers` against tokenize.

    python3 tests/golden/mutants.py BIN HELPER [SEED [ROUNDS]]

Where components.py builds tokenizers as the library writes them, this one changes the text of the
file as people and other programs do: keys left out, null, of another type, values the library
never writes, vocabularies with holes, merges of the older form, components that are not supported.
What tokenize takes must give the library's ids; what it refuses, it must refuse in one line that
names the file; what the library cannot load, tokenize must not take either.

Prints each fault, and ends with the counts; exit status 1 if there is any.
"""
import copy
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter

import components
from tokenizers import Tokenizer

UNREAD = ["vocab", "merges", "decoder", "tokens", "trim_offsets"]  # no id hangs on the last three
TEXTS = ["", " ", "a", "##", "##a", "\u2581", "</w>", "\u00e9", "\u00c9", "e\u0301", "th", "\n",
         "[UNK]", "\u4e2d", "\u0120", "<0x61>", "zz zz", "Always", "never", "first", "removed",
         "Isolated"]
VALUES = [None, True, False, 0, 1, 2, 7, 100, -1, 1.5, 1 << 40, [], {}] + TEXTS
FAULTS = ["BAD", "TAKEN", "DIFFERS"]
OTHERS = [  # components and fields that a tokenizer.json may hold and tokenize does not know
    ("pre_tokenizer", {"type": "Digits", "individual_digits": True}),
    ("pre_tokenizer", {"type": "Split", "pattern": {"String": " "}, "behavior": "Isolated",
                       "invert": False}),
    ("pre_tokenizer", {"type": "Split", "pattern": {"Regex": "\\d"}, "behavior": "Removed",
                       "invert": True}),
    ("pre_tokenizer", {"type": "CharDelimiterSplit", "delimiter": "-"}),
    ("pre_tokenizer", {"type": "UnicodeScripts"}),
    ("pre_tokenizer", {"type": "FixedLength", "length": 5}),
    ("normalizer", {"type": "Nmt"}),
    ("normalizer", {"type": "ByteLevel"}),
    ("normalizer", {"type": "Replace", "pattern": {"Regex": "a+"}, "content": "b"}),
    ("normalizer", {"type": "Precompiled", "precompiled_charsmap": ""}),
    ("truncation", {"direction": "Right", "max_length": 8, "strategy": "LongestFirst",
                    "stride": 0}),
    ("padding", {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": None,
                 "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}),
]


def places(value):
    """Every (container, key) below a value, but for the UNREAD."""
    found = []
    for key in (value if isinstance(value, dict) else range(len(value))):
        if key in UNREAD:
            continue
        found.append((value, key))
        if isinstance(value[key], (dict, list)):
            found += places(value[key])
    return found


def change_value(r, root):
    where, key = r.choice(places(root))
    old = where[key]
    how = r.random()
    if how < .3 and isinstance(where, dict):
        del where[key]
    elif how < .5:
        where[key] = None
    elif isinstance(old, bool):
        where[key] = not old
    elif isinstance(old, list) and how < .9:
        where[key] = r.choice([old + old, old[::-1], old[1:], [old]])
    else:
        where[key] = r.choice(VALUES)


def change_added(r, root):
    added = [t for t in root.get("added_tokens") or [] if isinstance(t, dict)]
    if added and r.random() < .5:
        token = r.choice(added)
        key = r.choice(list(token) or ["id"])
        token[key] = r.choice(TEXTS) if key == "content" else not token.get(key) \
            if key != "id" else r.randrange(500)
    else:
        vocab = model_of(root).get("vocab") or {"a": 0}
        text = r.choice(TEXTS + list(vocab))
        ids = [i for i in [*vocab.values(), *(t.get("id") for t in added)] if isinstance(i, int)]
        root["added_tokens"] = added
        added.append({"id": vocab.get(text, max(ids, default=0) + 1),
                      "content": text, **{key: r.random() < .5 for key in (
                          "single_word", "lstrip", "rstrip", "normalized", "special")}})


def change_vocab(r, root):
    vocab = model_of(root).get("vocab") or {"a": 0}
    a, b = r.choice(list(vocab)), r.choice(list(vocab))
    how = r.randrange(6)
    if how == 0:
        del vocab[a]
    elif how == 1:
        vocab[a], vocab[b] = vocab[b], vocab[a]
    elif how == 2:
        vocab[a] = len(vocab) + r.choice([0, 1, 1000, 1 << 20, 1 << 33])
    elif how == 3:
        vocab[r.choice(TEXTS) + a] = len(vocab)
    elif how == 4:
        vocab[r.choice(TEXTS)] = len(vocab)
    else:
        vocab[a] = r.choice([vocab[b], -1, 1.5, "1", None])


def change_merges(r, root):
    merges = model_of(root).get("merges")
    if not merges:
        return change_vocab(r, root)
    i, how = r.randrange(len(merges)), r.randrange(7)
    if how == 0 and all(isinstance(m, list) and not any(" " in t for t in m) for m in merges):
        root["model"]["merges"] = [" ".join(m) for m in merges]
    elif how == 1:
        r.shuffle(merges)
    elif how == 2:
        merges.append(merges[i])
    elif how == 3:
        merges.insert(r.randrange(len(merges)), merges[i])
    elif how == 4:
        del merges[i]
    elif how == 5:
        merges[i] = (merges[i] or [])[::-1]
    else:
        merges[i] = r.choice([merges[i] and merges[i][:1], merges[i] and merges[i] * 2, " ",
                              "a b c", ["", "a"], None])


def change_model(r, root):
    model = model_of(root)
    key = r.choice(["unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
                    "byte_fallback", "ignore_merges", "dropout", "max_input_chars_per_word",
                    "type"])
    model[key] = r.choice([None, True, False, 0, 0.0, .5, 1, 3, 1 << 40, "##", "", "</w>", "[UNK]",
                           "a"])
    if r.random() < .3:
        del model[key]


def model_of(root):
    return root["model"] if isinstance(root.get("model"), dict) else {}


def change_component(r, root):
    key, value = r.choice(OTHERS)
    old = root.get(key)
    inside = {"pre_tokenizer": "pretokenizers", "normalizer": "normalizers"}.get(key)
    value = copy.deepcopy(value)
    root[key] = value if inside is None or old is None or r.random() < .3 else \
        {"type": "Sequence", inside: [old, value] if r.random() < .5 else [value, old]}


def random_bpe(r, lines):
    """Merges in no order that any text would give, over some of the characters."""
    prefix, suffix = r.choice(["", "##", "_"]), r.choice(["", "</w>", "$"])
    vocab = {"[UNK]": 0} if r.random() < .7 else {}
    merges = []
    words = []
    for line in r.sample(lines, 40):
        for word in line.split()[:6]:
            forms = [(prefix if i else "") + c + (suffix if i == len(word) - 1 else "")
                     for i, c in enumerate(word[:30])]
            words.append([form for form in forms if r.random() < .98])
    for form in sorted({form for word in words for form in word}):
        if r.random() < .9:
            vocab.setdefault(form, len(vocab))
    for byte in range(256) if r.random() < .3 else r.sample(range(256), 100):
        vocab.setdefault("<0x%02X>" % byte, len(vocab))
    for _ in range(r.randrange(200)):
        word = r.choice(words)
        if len(word) < 2:
            continue
        i = r.randrange(len(word) - 1)
        pair = word[i:i + 2]
        if pair[0] in vocab and pair[1] in vocab and pair not in merges:
            merges.append(pair)
            word[i:i + 2] = [pair[0] + pair[1][len(prefix):]]
            vocab.setdefault(word[i], len(vocab))
    return {"type": "BPE", "dropout": None, "unk_token": "[UNK]" if vocab.get("[UNK]") == 0
            else None, "continuing_subword_prefix": prefix or None,
            "end_of_word_suffix": suffix or None, "fuse_unk": r.random() < .5,
            "byte_fallback": r.random() < .5, "ignore_merges": r.random() < .3, "vocab": vocab,
            "merges": merges}


def random_wordpiece(r, lines):
    prefix = r.choice(["", "##", "_", "\u2581\u2581"])
    vocab = {"[UNK]": 0}
    for line in r.sample(lines, 60):
        for word in line.split()[:6]:
            first = r.randrange(len(word))
            piece = word[first:first + r.randint(1, 8)]
            vocab.setdefault((prefix if first else "") + piece, len(vocab))
            for c in word[:4]:
                vocab.setdefault(r.choice(["", prefix]) + c, len(vocab))
    return {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": prefix,
            "max_input_chars_per_word": r.choice([0, 1, 2, 10, 100, 1000]), "vocab": vocab}


def with_random_model(r, root, lines):
    """Another model, and added tokens with its ids."""
    root["model"] = r.choice([random_bpe, random_wordpiece])(r, lines)
    vocab, root["post_processor"] = root["model"]["vocab"], None
    new = len(vocab)
    for token in root["added_tokens"]:
        token["id"] = vocab.get(token["content"], new)
        new += token["content"] not in vocab


def mutant(r, lines):
    root = json.loads(components.build(r, lines).to_str())
    if r.random() < .5:
        with_random_model(r, root, lines)
        if r.random() < .6:
            return root
    for _ in range(r.choice([1, 1, 2, 3])):
        r.choice([change_value, change_value, change_value, change_added, change_added,
                  change_vocab, change_merges, change_model, change_component])(r, root)
    return root


def library(root, lines):
    """The ids of each line, or why there are none; by a child, since the library may abort."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        with os.fdopen(into, "w") as file:
            json.dump(encode(root, lines), file)
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as file:
        text = file.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else (None, "aborted")


def encode(root, lines):
    try:
        tokenizer = Tokenizer.from_str(json.dumps(root))
    except BaseException as error:  # a panic is not an Exception
        return None, "load: " + str(error)
    try:
        return [" ".join(map(str, e.ids)) for e in tokenizer.encode_batch(lines)], ""
    except BaseException as error:
        return None, "encode: " + str(error)


def ours(root, lines, bin, folder):
    model, text = (os.path.join(folder, name) for name in ("t.json", "text"))
    with open(model, "w") as file:
        json.dump(root, file)
    with open(text, "w", newline="\n") as file:
        file.write("\n".join(lines) + "\n")
    run = subprocess.run([bin + "/tokenize", "-q", "-j1", "--sentences", "none", "--format", "ids",
                          "--special", "-m", model, text], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    said = run.stderr.decode(errors="replace")
    if run.returncode == 0:
        return run.stdout.decode().split("\n")[:-1], ""
    one_line = run.returncode == 1 and said.count("\n") == 1 and folder in said
    return None, said if one_line else "BAD " + str(run.returncode) + said


def verdict(want, got, said):
    if said.startswith("BAD"):
        return "BAD"
    if got is None:
        return "refused by both" if want is None else "refused"
    return "TAKEN" if want is None else "same" if want == got else "DIFFERS"


def main():
    bin, r, rounds, lines = components.begin()
    counts = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            some = r.sample(lines[-20000:], 60) + r.sample(lines[:300], 10)
            root = mutant(r, lines)
            want, why = library(root, some)
            got, said = ours(root, some, bin, folder)
            kind = verdict(want, got, said)
            counts[kind] += 1
            if kind in FAULTS:
                print("%s (%d)\n  library: %s\n  ours: %s\n  %s" % (
                    kind, number, why[:300], said.strip(),
                    json.dumps(dict(root, model=dict(model_of(root), vocab={}, merges=[])))))
            if kind == "DIFFERS":
                print("  on %r\n  want %s\n  got  %s" % next(
                    x for x in zip(some, want, got) if x[1] != x[2]))
    print(", ".join("%d %s" % (n, kind) for kind, n in sorted(counts.items())))
    sys.exit(any(counts[kind] for kind in FAULTS))


if __name__ == "__main__":
    main()
