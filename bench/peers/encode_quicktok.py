"""encode_quicktok.py TEXT THREADS -- quicktok's cl100k_base: it does not take GPT-2's pattern."""
import sys

import quicktok

import clock

encoding = quicktok.get_encoding("cl100k_base")
text = clock.lines(sys.argv[1])
tokens, offsets = clock.work(encoding.encode_batch, text, int(sys.argv[2]), False)
clock.print_ids(tokens[a:b] for a, b in zip(offsets, offsets[1:]))
