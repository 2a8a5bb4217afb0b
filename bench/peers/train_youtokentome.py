"""train_youtokentome.py TEXT SIZE MODEL THREADS -- a BPE vocabulary by YouTokenToMe."""
import sys

import youtokentome

import clock

clock.work(youtokentome.BPE.train, data=sys.argv[1], vocab_size=int(sys.argv[2]), model=sys.argv[3],
           n_threads=int(sys.argv[4]))
