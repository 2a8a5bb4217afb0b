#!/usr/bin/env python3
"""Make lib/unidata.c: the character classes of Hugging Face `tokenizers`, as ranges.

    python3 tests/golden/unidata.py >lib/unidata.c

The classes are found by experiment, by giving the library every code point alone and between two
letters, because its tables come from several Unicode versions and are not written down anywhere.
Made with tokenizers 0.23.3.
"""
from tokenizers import normalizers, pre_tokenizers

from rows import print_tables

BERT = normalizers.BertNormalizer
clean = BERT(True, False, False, False)
chinese = BERT(False, True, False, False)
strip = BERT(False, False, True, False)
lower, nfkd, marks = normalizers.Lowercase(), normalizers.NFKD(), normalizers.StripAccents()
bert, word = pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Whitespace()
byte = pre_tokenizers.ByteLevel(add_prefix_space=False)

DROP, SPACE, MN, MARK, PUNCT, WORD, LETTER, NUMBER, HAN, DECOMPOSES = (1 << i for i in range(10))


def cut(pre_tokenizer, text):
    return [offsets for _, offsets in pre_tokenizer.pre_tokenize_str(text)]


def flags_of(c):
    ch = chr(c)
    text = "a" + ch + "a"
    flags = 0
    joined = [(0, 3)]
    flags |= DROP * (clean.normalize_str(text) == "aa")
    flags |= SPACE * (cut(bert, text) == [(0, 1), (2, 3)])
    flags |= MN * (strip.normalize_str(text) == "aa")
    flags |= MARK * (marks.normalize_str(text) == "aa")
    flags |= PUNCT * (cut(bert, text) == [(0, 1), (1, 2), (2, 3)])
    flags |= WORD * (cut(word, text) == joined)
    flags |= LETTER * (cut(byte, text) == joined)
    flags |= NUMBER * (cut(byte, "1" + ch + "1") == joined)
    flags |= HAN * (chinese.normalize_str(ch) != ch)
    flags |= DECOMPOSES * (nfkd.normalize_str(ch) != ch and not 0xAC00 <= c < 0xD7A4)
    return flags


print("/* unidata.c -- see unidata.h.  Made by tests/golden/unidata.py; not written by hand. */")
print('#include "lib/unidata.h"')
print_tables("unidata", flags_of, lower.normalize_str)
