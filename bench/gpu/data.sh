#!/bin/sh
# data.sh -- what the GPU trainer is measured on: a made-up text whose words are as unevenly common
# as real ones, in BERT-base's number of tokens, packed to 128 and to 512: data.sh OUT.  What the
# words are does not matter to a measurement; that nearly no place of a sample is empty, and the
# share of words that have a note, do.  BIN and HELPER: where the programs are.
set -eu
out=$1
rm -rf "$out.tmp"
mkdir -p "$out.tmp"
"$HELPER/zipf" 1500000 60000 1 | awk '{ print } NR % 40 == 0 { print "" }' >"$out.tmp/text"
"$BIN/tokenize" --words "$out.tmp/text" | "$BIN/freqstat" >"$out.tmp/words.tsv"
"$BIN/mkvocab" -q --size 32768 "$out.tmp/words.tsv" >"$out.tmp/tokenizer.json"
"$BIN/freqstat" --rare 20:100 "$out.tmp/words.tsv" >"$out.tmp/notes.tsv"
for length in 128 512; do
    "$BIN/tokenize" -q --sentences line -m "$out.tmp/tokenizer.json" --notes "$out.tmp/notes.tsv" \
        "$out.tmp/text" |
        "$BIN/shard" -q --seq-len $length --valid 0.01 -o "$out.tmp/$length"
done
rm -f "$out.tmp"/*.tsv "$out.tmp/text" "$out.tmp/tokenizer.json"
rm -rf "$out"
mv "$out.tmp" "$out"
