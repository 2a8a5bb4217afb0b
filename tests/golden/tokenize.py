#!/usr/bin/env python3
"""Golden ids of Hugging Face `tokenizers` (made with 0.23.3) for tests/cli and tests/real of tokenize.

    python3 tests/golden/tokenize.py               tests/golden/tokenize/NAME.{json,ids}, codepoints.tsv
    python3 tests/golden/tokenize.py real DATA DIR tests/golden/tokenize/real.tsv; DATA is CLOZE_DATA,
                                                   DIR an unpacked vocab.tar.zst

NAME.ids is the output that `tokenize -m NAME.json --sentences none --format ids text.txt` must give;
the tables hold its SHA-256 where it is too long to keep.  The small vocabularies are learned from
text.txt itself.
"""
import glob
import hashlib
import json
import os
import subprocess
import sys

from tokenizers import AddedToken, Tokenizer, models, normalizers as N, pre_tokenizers as P
from tokenizers import processors, trainers

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tokenize")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[NOTA]"]
MARKED = [
    AddedToken("<s>", lstrip=True, normalized=False, special=True),
    AddedToken("</s>", rstrip=True, normalized=False, special=True),
    AddedToken("the", single_word=True, normalized=True),
]


def small(name, model, normalizer, pre_tokenizer, trainer, added=(), template=False):
    tokenizer = Tokenizer(model)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    with open(os.path.join(HERE, "text.txt"), "rb") as file:
        lines = file.read().decode().split("\n")
    tokenizer.train_from_iterator([line.replace("\0", "") for line in lines] * 3, trainer)
    tokenizer.add_tokens(list(added))
    if template:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    with open(os.path.join(HERE, name + ".json"), "w") as file:
        file.write(tokenizer.to_str(pretty=False) + "\n")
    tokenizer = Tokenizer.from_file(os.path.join(HERE, name + ".json"))
    with open(os.path.join(HERE, name + ".ids"), "w") as file:
        for line in lines:
            file.write(ids(tokenizer, [line])[0] + "\n")
    with open(os.path.join(HERE, name + ".special"), "w") as file:
        for line in lines:
            file.write(" ".join(map(str, tokenizer.encode(line).ids)) + "\n")
    if not template:
        os.remove(os.path.join(HERE, name + ".special"))
    return tokenizer


def ids(tokenizer, lines):
    return [" ".join(map(str, e.ids)) for e in tokenizer.encode_batch(lines, add_special_tokens=False)]


def digest(tokenizer, text):
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    hash = hashlib.sha256()
    for at in range(0, len(lines), 5000):
        for line in ids(tokenizer, lines[at:at + 5000]):
            hash.update(line.encode() + b"\n")
    return hash.hexdigest()


def codepoints():
    """What tests/helper/codepoints prints."""
    points = [chr(c) for c in range(0x110000) if c != 10 and not 0xD800 <= c < 0xE000
              and (c < 0x30000 or c >> 9 == 0x700 or c % 64 == 0)]
    return "".join(c + "\n" for c in points) + "".join("Ab" + c + "Ac\n" for c in points)


def make_small():
    bpe = dict(vocab_size=420, limit_alphabet=150, show_progress=False)
    made = {}
    for case in ("uncased", "cased"):
        made["wordpiece-" + case] = small(
            "wordpiece-" + case, models.WordPiece(unk_token="[UNK]"),
            N.BertNormalizer(lowercase=case == "uncased"), P.BertPreTokenizer(),
            trainers.WordPieceTrainer(vocab_size=420, limit_alphabet=150, special_tokens=SPECIAL,
                                      show_progress=False), template=True)
    made["bpe-words"] = small(
        "bpe-words", models.BPE(unk_token="[UNK]", continuing_subword_prefix="##"),
        N.BertNormalizer(), P.BertPreTokenizer(),
        trainers.BpeTrainer(special_tokens=SPECIAL, continuing_subword_prefix="##", **bpe), template=True)
    made["bpe-bytes"] = small(
        "bpe-bytes", models.BPE(), None, P.ByteLevel(),
        trainers.BpeTrainer(initial_alphabet=P.ByteLevel.alphabet(), show_progress=False, vocab_size=400), MARKED)
    made["bpe-metaspace"] = small(
        "bpe-metaspace", models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True), N.NFKC(),
        P.Metaspace(prepend_scheme="always"),
        trainers.BpeTrainer(special_tokens=["<unk>"] + ["<0x%02X>" % b for b in range(0x80, 0xD0)], **bpe), MARKED)
    made["bpe-suffix"] = small(
        "bpe-suffix", models.BPE(unk_token="<unk>", end_of_word_suffix="</w>", ignore_merges=True),
        N.Sequence([N.NFD(), N.Lowercase(), N.StripAccents()]), P.Whitespace(),
        trainers.BpeTrainer(special_tokens=["<unk>"], end_of_word_suffix="</w>", **bpe), MARKED)
    made["wordpiece-plain"] = small(
        "wordpiece-plain", models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20),
        N.Sequence([N.NFC(), N.Replace("...", "…")]),
        P.Sequence([P.WhitespaceSplit(), P.Punctuation("contiguous")]),
        trainers.WordPieceTrainer(vocab_size=420, limit_alphabet=150, special_tokens=["[UNK]"],
                                  show_progress=False), MARKED)
    made["bpe-first"] = small(
        "bpe-first", models.BPE(unk_token="<unk>"), None,
        P.Sequence([P.Punctuation("merged_with_previous"), P.Metaspace(prepend_scheme="first", split=False)]),
        trainers.BpeTrainer(special_tokens=["<unk>"], **bpe), MARKED)
    made["nfkd"] = small(
        "nfkd", models.BPE(unk_token="<unk>"), N.Sequence([N.NFKD(), N.Lowercase()]), None,
        trainers.BpeTrainer(special_tokens=["<unk>"], show_progress=False, vocab_size=300))
    text = codepoints()
    with open(os.path.join(HERE, "codepoints.tsv"), "w") as file:
        for name, tokenizer in made.items():
            file.write(name + "\t" + digest(tokenizer, text) + "\n")


def make_real(data, vocabularies):
    dumps = b""
    for path in sorted(glob.glob(data + "/wiki/*.bz2") + glob.glob(data + "/wiki/mini/*.bz2"),
                       key=lambda path: path[len(data):].encode()):
        dumps += subprocess.run(["bzcat", path], stdout=subprocess.PIPE, check=True).stdout
    texts = {
        "wiki": dumps.decode("utf-8", "replace"),
        "codepoints": codepoints(),
        "enwiki-2015-a": subprocess.run(["zstd", "-dc", data + "/text/enwiki-2015-a.txt.zst"],
                                        stdout=subprocess.PIPE, check=True).stdout.decode("utf-8", "replace"),
    }
    with open(os.path.join(HERE, "real.tsv"), "w") as file:
        for name in ("uncased", "cased", "multilingual-cased", "chinese"):
            tokenizer = Tokenizer.from_file(vocabularies + "/bert-base-" + name + "/tokenizer.json")
            for text in texts:
                if text != "enwiki-2015-a" or name in ("uncased", "cased"):
                    file.write("bert-base-%s\t%s\t%s\n" % (name, text, digest(tokenizer, texts[text])))
                    file.flush()


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "real":
        make_real(sys.argv[2], sys.argv[3])
    else:
        make_small()
