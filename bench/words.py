"""words.py DISTINCT WORDS -- lines of words, DISTINCT different ones, frequent as Zipf says.

Every (WORDS / DISTINCT)-th is the next that was not there yet, so that all are; of the rest, rank r
comes with a frequency of about 1 / r.
"""
import random
import sys

distinct, words = int(sys.argv[1]), int(sys.argv[2])
draw = random.Random(1)


def spell(rank):
    number, text = rank * 2654435761 % (1 << 32), ""
    while number:
        number, letter = divmod(number, 26)
        text += chr(97 + letter)
    return text or "a"


names = [spell(rank) for rank in range(1, distinct + 1)]
step, line = words // distinct, []
for i in range(words):
    rank = i // step if i % step == 0 else int(distinct ** draw.random())
    line.append(names[min(rank, distinct) - 1 if rank else 0])
    if len(line) == 20 or i == words - 1:
        sys.stdout.write(" ".join(line) + "\n")
        line = []
