#!/usr/bin/env python3
"""Make lib/unidata.c: the character classes of Hugging Face `tokenizers`, as ranges.

    python3 tests/golden/unidata.py >lib/unidata.c

The classes are found by experiment, by giving the library every code point alone and between two
letters, because its tables come from several Unicode versions and are not written down anywhere.
Made with tokenizers 0.23.3.
"""
from tokenizers import normalizers, pre_tokenizers

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


def print_rows(name, rows, fmt):
    print(f"\nconst {name}[] = {{")
    line = "   "
    for row in rows:
        item = " " + fmt % row + ","
        if len(line) + len(item) > 100:
            print(line)
            line = "   "
        line += item
    print(line + "\n};")


points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
ranges = []
lowered = []
for c in points:
    flags = flags_of(c)
    if flags and ranges and ranges[-1][2] == flags and ranges[-1][1] == c - 1:
        ranges[-1][1] = c
    elif flags:
        ranges.append([c, c, flags])
    to = lower.normalize_str(chr(c))
    if len(to) == 1 and to != chr(c):
        delta = ord(to) - c
        last = lowered[-1] if lowered else None
        if last and last[3] == delta and (c - last[1] == last[2] or last[0] == last[1] and c - last[1] <= 2):
            last[2] = c - last[1]
            last[1] = c
        else:
            lowered.append([c, c, 1, delta])
    else:
        assert to == chr(c) or c == 0x130 and to == "i\u0307"

print("/* unidata.c -- see unidata.h.  Made by tests/golden/unidata.py; not written by hand. */")
print('#include "lib/unidata.h"')
print_rows("struct unidata_range unidata_ranges", [tuple(r) for r in ranges], "{%d,%d,%d}")
print("const size_t unidata_range_count = sizeof unidata_ranges / sizeof unidata_ranges[0];")
print_rows("struct unidata_lower unidata_lowers", [tuple(r) for r in lowered], "{%d,%d,%d,%d}")
print("const size_t unidata_lower_count = sizeof unidata_lowers / sizeof unidata_lowers[0];")
