#!/bin/sh
# seeds.sh DIR -- inputs to begin with, a folder a target below DIR/seeds, and the data directory
# DIR/data; all made by the programs themselves, in $BIN and $HELPER, from made-up text.
set -e
dir=$1
PATH=$BIN:$HELPER:$PATH
cd "$(dirname "$0")/../.."
rm -rf "$dir/seeds" "$dir/data" "$dir/tmp"
mkdir -p "$dir/tmp"
for f in tests/fuzz/*_fuzz.c; do f=${f##*/}; mkdir -p "$dir/seeds/${f%_fuzz.c}"; done
tmp=$dir/tmp seeds=$dir/seeds

corpus --dump --pages 8 --seed 1 >"$seeds/dump/xml"
bzip2 -c "$seeds/dump/xml" >"$seeds/dump/bzip2"
awk -v dir="$seeds/wikitext" '{ print > (dir "/case" int(NR / 40)) }' tests/cli/wikiextract.cases
corpus --dump --pages 300 --seed 2 | wikiextract -q - >"$tmp/text"
tokenize -q --words "$tmp/text" | freqstat -q >"$tmp/words.tsv"
head -30 "$tmp/words.tsv" >"$seeds/words/words"
freqstat -q --rare 1:3 "$tmp/words.tsv" | head -40 >"$tmp/notes.tsv"
cp "$tmp/notes.tsv" "$seeds/words/notes"

# tokenizer.json, a 0, a text
for model in bpe wordpiece; do
    head -300 "$tmp/words.tsv" | mkvocab -q --model $model --size 120 -o "$tmp/$model.json"
    { cat "$tmp/$model.json"; printf '\0'; head -c 300 "$tmp/text"; } >"$seeds/tokenizer/$model"
done
printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n!\n\303\251\na\nb\nc\n##a\n##b\nab\n' >"$seeds/vocabtxt/vocab"

mktokens 3 40 0 1 4 >"$seeds/tokens/u16"
mktokens 3 70000 5 1 4 >"$tmp/u32"
[ "$(wc -c <"$tmp/u32")" -lt 20000 ] && cp "$tmp/u32" "$seeds/tokens/u32"
mktokens 4 60 6 2 5 >"$seeds/tokens/notes"
mktokens 30 60 6 3 9 | shard -q --seq-len 16 --valid 0.2 -o "$dir/data"
cp "$dir/data/manifest.json" "$seeds/manifest/manifest"
for f in "$dir"/data/*.zst; do
    cp "$f" "$seeds/shard/${f##*/}"
    zstd -q -dc "$f" >"$seeds/shard/${f##*/}.content"
done
json='{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"U8","shape":[],"data_offsets":[24,25]}}'
{ printf '\031\0\0\0\0\0\0\0%s' "$json"; head -c 25 /dev/zero; } >"$seeds/safetensors/two"

# a row of each task's file behind the byte that chooses it
corpus --glue "$tmp/glue" --seed 1 --train 3 --dev 3 --test 3 >/dev/null
task=0
for name in CoLA SST-2 MRPC STS-B QQP MNLI QNLI RTE WNLI; do
    for file in "$tmp/glue/$name"/*.tsv; do
        for choice in 0 1 2 3; do
            number=$((4 * task + choice))
            { printf "\\$(printf %03o $number)"; head -3 "$file"; } >"$seeds/rows/$name-$choice-${file##*/}"
        done
    done
    task=$((task + 1))
done
printf 'number = 7\n# more\nsize = 64M\ntime = 3h50m\nreal = 1e-4\nchoice = two\nflag = yes\ntext = a b\n' >"$seeds/config/all"
