"""encode_tokenizers.py TOKENIZER.json TEXT -- HF tokenizers, with RAYON_NUM_THREADS threads."""
import sys

from tokenizers import Tokenizer

import clock

tokenizer = Tokenizer.from_file(sys.argv[1])
text = clock.lines(sys.argv[2])
made = clock.work(tokenizer.encode_batch_fast, text, add_special_tokens=False)
clock.print_ids(encoding.ids for encoding in made)
