"""encode_flash.py VOCAB.txt TEXT [threads] -- FlashTokenizer, uncased; on all cores or on one."""
import sys

from flash_tokenizer import BertTokenizerFlash

import clock

LENGTH_MAX = 1 << 20  # nothing is cut off
flash = BertTokenizerFlash(sys.argv[1], do_lower_case=True, model_max_length=LENGTH_MAX)
text = clock.lines(sys.argv[2])
made = clock.work(flash.tokenizer.batch_encode, text, "longest", LENGTH_MAX, len(sys.argv) > 3)
clock.print_ids(row[1:-1] for row in made)  # without [CLS] and [SEP]
