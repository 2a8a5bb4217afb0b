"""train_sentencepiece.py TEXT SIZE MODEL THREADS -- a BPE vocabulary by SentencePiece."""
import sys

import sentencepiece

import clock

clock.work(sentencepiece.SentencePieceTrainer.train, input=sys.argv[1], vocab_size=int(sys.argv[2]),
           model_prefix=sys.argv[3], model_type="bpe", num_threads=int(sys.argv[4]),
           minloglevel=2, max_sentence_length=1 << 20)
