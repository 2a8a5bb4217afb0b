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
{ printf a; head -c 2000 "$seeds/dump/xml" | bzip2 -c; } >"$seeds/bunzip/bzip2"
awk -v dir="$seeds/wikitext" '{ print > (dir "/case" int(NR / 40)) }' tests/cli/wikiextract.cases
corpus --dump --pages 300 --seed 2 | wikiextract -q - >"$tmp/text"
tokenize -q --words "$tmp/text" | freqstat -q >"$tmp/words.tsv"
head -30 "$tmp/words.tsv" >"$seeds/words/words"
freqstat -q --rare 1:3 "$tmp/words.tsv" | head -40 >"$tmp/notes.tsv"
cp "$tmp/notes.tsv" "$seeds/words/notes"

# real pages in many scripts, where the data outside the repository is there
for f in "${CLOZE_DATA:-../shared/data}"/wiki/mini/*.bz2 "${CLOZE_DATA:-../shared/data}"/wiki/ltgwiki.xml.bz2; do
    [ -e "$f" ] || continue
    name=${f##*/} name=${name%.xml.bz2}
    bzip2 -dc "$f" | head -c 19000 >"$seeds/dump/$name"
    bzip2 -dc "$f" | grep -v '^ *<' | head -c 19000 >"$seeds/wikitext/$name"
    [ "$(wc -c <"$f")" -gt 19000 ] || cp "$f" "$seeds/dump/$name.bz2"
done

# tokenizer.json, a 0, a text
for model in bpe wordpiece; do
    head -300 "$tmp/words.tsv" | mkvocab -q --model $model --size 120 -o "$tmp/$model.json"
    { cat "$tmp/$model.json"; printf '\0'; head -c 300 "$tmp/text"; } >"$seeds/tokenizer/$model"
done
# every component once, with vocabularies of a few tokens
text="The  caf$(printf '\303\251 \344\270\255')! a b-c, 12 <m>"
wordpiece='{"type":"WordPiece","unk_token":"u","continuing_subword_prefix":"##","max_input_chars_per_word":9,"vocab":{"u":0,"a":1,"##a":2,"b":3,"the":4,"ca":5,"##f":6,"##b":7,"c":8}}'
bpe='{"type":"BPE","unk_token":"u","vocab":{"u":0,"a":1,"b":2,"c":3,"ab":4,"abc":5,"t":6,"h":7,"th":8},"merges":["a b","ab c",["t","h"]]}'
tokenizer() { # NAME MODEL NORMALIZER PRE_TOKENIZER POST_PROCESSOR
    printf '{"version":"1.0","added_tokens":[{"id":9,"content":"<m>","lstrip":true,"rstrip":true,"single_word":true,"normalized":true,"special":false}],"normalizer":%s,"pre_tokenizer":%s,"post_processor":%s,"decoder":null,"model":%s}\0%s' \
        "$3" "$4" "$5" "$2" "$text" >"$seeds/tokenizer/$1"
}
post='{"type":"BertProcessing","sep":["a",1],"cls":["b",2]}'
n=0
for normalizer in '{"type":"NFC"}' '{"type":"NFKD"}' '{"type":"NFKC"}' '{"type":"NFD"}' null \
    '{"type":"Sequence","normalizers":[{"type":"Lowercase"},{"type":"NFD"},{"type":"StripAccents"},{"type":"Replace","pattern":{"String":"  "},"content":"b"}]}'; do
    n=$((n + 1))
    tokenizer normalizer$n "$wordpiece" "$normalizer" '{"type":"WhitespaceSplit"}' "$post"
done
for split in '{"type":"Whitespace"}' '{"type":"Punctuation","behavior":"MergedWithNext"}' '{"type":"Metaspace","replacement":"_","prepend_scheme":"always"}' \
    '{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}' \
    '{"type":"Sequence","pretokenizers":[{"type":"Whitespace"},{"type":"Punctuation","behavior":"Contiguous"}]}' null; do
    n=$((n + 1))
    tokenizer split$n "$bpe" '{"type":"Lowercase"}' "$split" null
done
printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n!\n\303\251\na\nb\nc\n##a\n##b\nab\n' >"$seeds/vocabtxt/vocab"
printf '{"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3}\0#version: 0.2\na b\n' >"$seeds/vocabjson/two"

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
json='{"__metadata__":{"format":"pt","b":"c"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"U8","shape":[],"data_offsets":[24,25]}}'
{ printf "\\$(printf %03o ${#json})\0\0\0\0\0\0\0%s" "$json"; head -c 25 /dev/zero; } >"$seeds/safetensors/two"

tiny-checkpoint "$tmp/checkpoint" "$seeds/vocabtxt/vocab" >/dev/null
cp "$tmp/checkpoint/config.json" "$seeds/model/bert"
sed 's/"model_type": *"bert"/"model_type": "cloze", "cloze_position": "tupe-r", "cloze_objective": "mlm"/' \
    "$seeds/model/bert" >"$seeds/model/cloze"

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
