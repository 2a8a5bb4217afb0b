#!/usr/bin/env python3
"""Golden ids of Hugging Face `tokenizers` (made with 0.23.3) for tests/cli and tests/real of
tokenize.

    tokenize.py HELPER                 tests/golden/tokenize/NAME.{json,ids}, codepoints.tsv
    tokenize.py HELPER real DATA DIR   tests/golden/tokenize/real.tsv
    tokenize.py HELPER ids MODEL FILE  prints the ids of a text, for tests/slow/tokenize.sh

HELPER is build/tests/helper, DATA is CLOZE_DATA, DIR an unpacked vocab.tar.zst, MODEL a
tokenizer.json or GPT-2's folder.  NAME.ids is the output that
`tokenize -m NAME.json --sentences none --format ids text.txt` must give; the tables hold its
SHA-256 where it is too long to keep.  The small vocabularies are learned from text.txt itself.
"""
import hashlib
import os
import sys

from tokenizers import AddedToken, Tokenizer, models, normalizers as N, pre_tokenizers as P
from tokenizers import processors, trainers

from texts import awkward, lines_of, read, real

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
    return [" ".join(map(str, e.ids)) for e in tokenizer.encode_batch(lines,
        add_special_tokens=False)]


def output(tokenizer, text):
    """What tokenize is to print, a piece at a time."""
    lines = lines_of(text)
    for at in range(0, len(lines), 5000):
        for line in ids(tokenizer, lines[at:at + 5000]):
            yield line.encode() + b"\n"


def digest(tokenizer, text):
    hash = hashlib.sha256()
    for line in output(tokenizer, text):
        hash.update(line)
    return hash.hexdigest()


def load(path):
    """GPT-2 has no tokenizer.json: its folder holds vocab.json and merges.txt."""
    if not os.path.isdir(path):
        return Tokenizer.from_file(path)
    tokenizer = Tokenizer(models.BPE.from_file(path + "/vocab.json", path + "/merges.txt"))
    tokenizer.pre_tokenizer = P.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(["<|endoftext|>"])
    return tokenizer


def make_small(helper):
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
        trainers.BpeTrainer(special_tokens=SPECIAL, continuing_subword_prefix="##", **bpe),
        template=True)
    made["bpe-bytes"] = small(
        "bpe-bytes", models.BPE(), None, P.ByteLevel(),
        trainers.BpeTrainer(initial_alphabet=P.ByteLevel.alphabet(), show_progress=False,
                            vocab_size=400), MARKED)
    made["bpe-metaspace"] = small(
        "bpe-metaspace", models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True), N.NFKC(),
        P.Metaspace(prepend_scheme="always"),
        trainers.BpeTrainer(special_tokens=["<unk>"] + ["<0x%02X>" % b for b in range(0x80, 0xD0)],
                            **bpe), MARKED)
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
        P.Sequence([P.Punctuation("merged_with_previous"),
                    P.Metaspace(prepend_scheme="first", split=False)]),
        trainers.BpeTrainer(special_tokens=["<unk>"], **bpe), MARKED)
    made["nfkd"] = small(
        "nfkd", models.BPE(unk_token="<unk>"), N.Sequence([N.NFKD(), N.Lowercase()]), None,
        trainers.BpeTrainer(special_tokens=["<unk>"], show_progress=False, vocab_size=300))
    text = awkward(helper, 1)["codepoints"]
    with open(os.path.join(HERE, "codepoints.tsv"), "w") as file:
        for name, tokenizer in made.items():
            file.write(name + "\t" + digest(tokenizer, text) + "\n")


def make_real(helper, data, vocabularies):
    texts = real(data, helper)
    with open(os.path.join(HERE, "real.tsv"), "w") as file:
        for name in ("uncased", "cased", "multilingual-cased", "chinese", "gpt2"):
            name = name if name == "gpt2" else "bert-base-" + name
            tokenizer = load(vocabularies + "/" + name
                             + ("" if name == "gpt2" else "/tokenizer.json"))
            for text in texts:
                file.write("%s\t%s\t%s\n" % (name, text, digest(tokenizer, texts[text])))
                file.flush()


def main():
    helper, what = sys.argv[1], sys.argv[2:3]
    if what == ["real"]:
        make_real(helper, *sys.argv[3:])
    elif what == ["ids"]:
        sys.stdout.buffer.writelines(output(load(sys.argv[3]), read(sys.argv[4])))
    else:
        make_small(helper)


if __name__ == "__main__":
    main()
