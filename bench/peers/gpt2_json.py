"""gpt2_json.py GPT2_DIR -- the tokenizer.json of GPT-2's vocab.json and merges.txt, printed."""
import json
import sys

from tokenizers import Tokenizer, models, pre_tokenizers

with open(sys.argv[1] + "/vocab.json", encoding="utf-8") as file:
    vocab = json.load(file)
with open(sys.argv[1] + "/merges.txt", encoding="utf-8") as file:
    merges = [tuple(line.split()) for line in file
              if not line.startswith("#version") and line.strip()]
tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
print(tokenizer.to_str())
