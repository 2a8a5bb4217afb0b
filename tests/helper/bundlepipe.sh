#!/bin/sh
# bundlepipe.sh -- from a dump to scores by the programs of a bundle alone, with nothing in the
# environment that could lead them to another library: bundlepipe.sh BUNDLE WORK
#
# WORK holds dump.xml and GLUE, and gets the products; the last line says what came out.  Runs where
# there is only a C library, a shell and the usual small programs.
set -eu
unset LD_LIBRARY_PATH LD_PRELOAD
bundle=$1
cd "$2"
PATH=$bundle/bin:/usr/bin:/bin
export PATH

wikiextract dump.xml >text
tokenize --words text | freqstat >words.tsv
mkvocab -q --size 600 words.tsv >tokenizer.json
freqstat --rare 5:50 words.tsv >notes.tsv
tokenize -q -m tokenizer.json --notes notes.tsv text | shard -q --seq-len 64 --valid 0.1 -o data
train -q --data data --out run --layers 1 --hidden 32 --heads 2 --batch 8 --warmup 2 --steps 6 \
    --position tupe-r --notes --device auto
glue-eval -q --model run/latest --data GLUE --out scores --tasks RTE --quick --epochs 1 >table
show --verify run >/dev/null
show --verify data >/dev/null
grep '^RTE' table
