#!/usr/bin/env python3
"""Make lib/basicdata.c: the character classes that google-research/bert's tokenization.py goes by.

    python3 tests/golden/basicdata.py >lib/basicdata.c

That program asks the `unicodedata` of the Python that runs it; the tables are frozen at Unicode
14.0, Python 3.11's.  Which characters str.lower() passes over when it looks for the end of a word
(and so for a final sigma) is found by asking it.
"""
import unicodedata

from rows import print_tables

assert unicodedata.unidata_version == "14.0.0", "run this with Python 3.11"
DROP, SPACE, MN, PUNCT, HAN, CASED, IGNORABLE, DECOMPOSES, CLASS = (1 << i for i in range(9))
BLOCKS = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
          (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]


def flags_of(c):
    ch = chr(c)
    category = unicodedata.category(ch)
    drop = c in (0, 0xFFFD) or category in ("Cc", "Cf") and ch not in "\t\n\r"
    cased = (ch + "\u03A3").lower()[-1] == "\u03C2"
    passed = ("A" + ch + "\u03A3").lower()[-1] == "\u03C2"
    flags = DROP * drop
    flags |= SPACE * (not drop and (category == "Zs" or ch.isspace()))
    flags |= MN * (category == "Mn")
    flags |= PUNCT * (category[0] == "P" or 33 <= c < 127 and not ch.isalnum())
    flags |= HAN * any(first <= c <= last for first, last in BLOCKS)
    flags |= CASED * cased
    flags |= IGNORABLE * (passed and not cased)
    flags |= DECOMPOSES * (unicodedata.normalize("NFD", ch) != ch and not 0xAC00 <= c < 0xD7A4)
    flags |= CLASS * (unicodedata.combining(ch) != 0)
    return flags


print("/* basicdata.c -- see basicdata.h.  "
      "Made by tests/golden/basicdata.py; not written by hand. */")
print('#include "lib/basicdata.h"')
print_tables("basicdata", flags_of, str.lower)
