"""train_tokenizers.py TEXT SIZE -- a BPE vocabulary by Hugging Face tokenizers."""
import sys

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

import clock

tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
tokenizer.normalizer = normalizers.BertNormalizer()
tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[NOTA]"]
trainer = trainers.BpeTrainer(vocab_size=int(sys.argv[2]), show_progress=False,
                              special_tokens=special)
clock.work(tokenizer.train, [sys.argv[1]], trainer)
