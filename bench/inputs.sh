#!/bin/sh
# inputs.sh DIR -- what is measured on, in DIR; a file that is there is not made again.  Real data
# is taken from CLOZE_DATA; without it a dump and words are made up.
#
#     dump.xml, dump.xml.bz2   an English dump, four and ten times the sample
#     english, english10, 30   article text; the first 10 and 30 MB, for peers that take longer
#     mixed                    the text of the dumps of all languages
#     words, words1m           words in lines: of the English text; made up, 1,000,000 distinct ones
#     uncased, gpt2            vocabularies
set -e
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" && cd "$1"
data=${CLOZE_DATA:-$here/../../shared/data}

made() { # made FILE COMMAND ...: the command's output, unless it is there
    [ -e "$1" ] && return
    file=$1; shift
    "$@" >"$file.tmp" && mv "$file.tmp" "$file"
}
absent() { echo "inputs: $1 is absent: $2"; }
repeat() { i=0; while [ $i -lt "$1" ]; do "$2" "$3"; i=$((i + 1)); done; }
head_lines() { awk -v most="$1" '(sum += length($0) + 1) > most { exit } { print }' "$2"; }

if [ -e "$data/wiki/enwiki-sample.xml.bz2" ]; then
    sample=$data/wiki/enwiki-sample.xml.bz2
else
    absent "$data/wiki/enwiki-sample.xml.bz2" "a made-up dump instead"
    sample=sample.xml.bz2
    made $sample sh -c 'corpus --dump --pages 3000 --seed 1 | bzip2'
fi
made dump.xml repeat 4 bzcat "$sample"
made dump.xml.bz2 repeat 10 cat "$sample"

if [ -e "$data/text/enwiki-2015-a.txt.zst" ]; then
    made english zstd -dcq "$data/text/enwiki-2015-a.txt.zst"
else
    absent "$data/text/enwiki-2015-a.txt.zst" "the text of a made-up dump instead"
    made english sh -c 'corpus --dump --pages 30000 --seed 2 | wikiextract -q'
fi
made english10 head_lines 10000000 english
made english30 head_lines 30000000 english
made words tokenize --words english
made words1m python3 "$here/words.py" 1000000 7000000

if [ -d "$data/wiki/mini" ]; then
    made mixed sh -c 'cd "$0/wiki"; for f in mini/*.bz2 ltgwiki.xml.bz2 jawiki*.bz2; do
        wikiextract -q "$f" 2>/dev/null; echo; done' "$data"
else
    absent "$data/wiki/mini" "nothing is measured on mixed scripts"
fi
if [ -e "$data/vocab.tar.zst" ]; then
    [ -d uncased ] && [ -d gpt2 ] || { zstd -dcq "$data/vocab.tar.zst" | tar -xf -
        mv vocab/bert-base-uncased uncased; mv vocab/bert-base-multilingual-cased multilingual
        mv vocab/gpt2 gpt2; rm -rf vocab; }
else
    absent "$data/vocab.tar.zst" "nothing is measured with the vocabularies of BERT and GPT-2"
fi
