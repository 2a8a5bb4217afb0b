"""encode_tiktoken.py GPT2_DIR TEXT THREADS -- tiktoken with GPT-2's vocab.json and merges.txt."""
import sys

import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tiktoken_ext.openai_public import r50k_pat_str

import clock

ranks = data_gym_to_mergeable_bpe_ranks(sys.argv[1] + "/merges.txt", sys.argv[1] + "/vocab.json")
encoding = tiktoken.Encoding("gpt2", pat_str=r50k_pat_str, mergeable_ranks=ranks, special_tokens={})
text = clock.lines(sys.argv[2])
if sys.argv[3] == "1":
    made = clock.work(lambda: [encoding.encode_ordinary(line) for line in text])
else:
    made = clock.work(encoding.encode_ordinary_batch, text, num_threads=int(sys.argv[3]))
clock.print_ids(made)
