#!/bin/sh
# notes.sh -- notes of rare words through the whole pipe, and their neighbours by a
# table made by hand.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

# ---- the pipe
train_text 600 3 >"$T/text"
tokenize --words "$T/text" | freqstat -o "$T/words.tsv"
mkvocab -q --size 200 -o "$T/vocab.json" "$T/words.tsv"
freqstat --rare 5:20 "$T/words.tsv" >"$T/notes.tsv"
tokenize -q -m "$T/vocab.json" --notes "$T/notes.tsv" -o "$T/tokens" "$T/text"
shard -q --seq-len 32 --valid 0.1 -o "$T/data" "$T/tokens"
options="--data $T/data --model tiny --layers 1 --hidden 32 --heads 2 --batch 6 --lr 1e-3"
options="$options --warmup 2 --steps 8 -q"
with="$options --notes --objective electra --position tupe-r"
train $with -j 1 --micro-batch 4 --out "$T/run"
is "trains with notes" "$?" 0
ok "the words are in the checkpoint" cmp "$T/notes.tsv" "$T/run/latest/notes.tsv"
ok "it verifies" sh -c "show --verify \"$T/run/latest\" | grep -q 'verified *7 files'"
word=$(head -n 1 "$T/notes.tsv" | cut -f 1)
is "three neighbours of $word" "$(show --neighbours "$word" --limit 3 "$T/run" |
    sed '1,/neighbours/d' | wc -l)" 3
ok "the plan counts notes" sh -c "train $options --notes --dry-run | grep -q '^notes  *$(wc \
    -l <"$T/notes.tsv") words: '"
exits 1 'was trained with --notes-weight 0.5, not 0.25' train $with --out "$T/run" \
    --notes-weight 0.25
train $with --out "$T/other" --init "$T/run/latest" --stop-at 1
is "--init takes the notes along" "$?" 75

# A note that is not a number harms no loss while its word does not come: nearly all are hidden.
cp -RL "$T/run/latest" "$T/nan"
printf '\000\000\300\177' | dd of="$T/nan/notes.safetensors" bs=1 conv=notrunc \
    seek=$(($(wc -c <"$T/nan/notes.safetensors") - 4)) 2>/dev/null
exits 1 "step 1: the notes are not numbers any more" train $with --out "$T/numbers" \
    --init "$T/nan" --mask 0.9 --stop-at 1
ok "of these no checkpoint is written" test ! -e "$T/numbers/latest"

# ---- data without notes, other notes
tokenize -q -m "$T/vocab.json" "$T/text" | shard -q --seq-len 32 --valid 0.1 -o "$T/bare"
exits 1 'no word of the data has a note; make it with "tokenize --notes notes.tsv"' train \
    --data "$T/bare" --out "$T/none" --notes
sed 1d "$T/notes.tsv" >"$T/fewer.tsv"
tokenize -q -m "$T/vocab.json" --notes "$T/fewer.tsv" "$T/text" |
    shard -q --seq-len 32 --valid 0.1 -o "$T/fewer"
exits 1 'notes.safetensors: has no tensor "notes" of ' train $with --data "$T/fewer" \
    --out "$T/none" --init "$T/run/latest"

# ---- neighbours: (1, 0), (0.8, 0.6), (0, 2), (-1, 0)
printf 'east\t9\nhill\t8\nnorth\t7\nwest\t6\n' >"$T/four.tsv"
hash=$(tokenize -q -m "$T/vocab.json" --notes "$T/four.tsv" "$T/text" | head -c 256 |
    sed 's/.*notes-hash=\([0-9a-f]*\).*/\1/')
header() {
    printf '{"__metadata__":{"notes_hash":"%s"},' "$1"
    printf '"notes":{"dtype":"F32","shape":[4,2],"data_offsets":[0,32]}} '
}
table() { # table HASH: a checkpoint's notes
    printf "\\$(printf %o "$(header "$1" | wc -c)")\\0\\0\\0\\0\\0\\0\\0"
    header "$1"
    printf '\0\0\200\077\0\0\0\0\315\314\114\077\232\231\031\077'
    printf '\0\0\0\0\0\0\0\100\0\0\200\277\0\0\0\0'
}
mkdir "$T/hand"
cp "$T/run/latest/config.json" "$T/run/latest/model.safetensors" "$T/hand"
cp "$T/four.tsv" "$T/hand/notes.tsv"
table "$hash" >"$T/hand/notes.safetensors"
near() { show --neighbours "$1" "$T/hand" | sed '1,/neighbours/d' |
    awk '{ printf "%s %.3f ", $1, $2 }'; }
is "neighbours of east" "$(near east)" "hill 0.800 north 0.000 west -1.000 "
is "neighbours of north: of two alike the earlier first" "$(near north)" \
    "hill 0.600 east 0.000 west 0.000 "
is "--limit" "$(show --neighbours west --limit 1 --json "$T/hand" |
    grep -c '"neighbours":{"north":')" 1
exits 1 'the word "south" has no note' show --neighbours south "$T/hand"
exits 1 'neither a checkpoint nor a run' show --neighbours east "$T/data"
exits 2 '--neighbours goes with neither' show --neighbours east --verify "$T/hand"
table 00000000000000000000000000000000 >"$T/hand/notes.safetensors"
exits 1 'notes of other words' show --neighbours east "$T/hand"
rm "$T/hand/notes.safetensors"
exits 1 'notes.safetensors' show --neighbours east "$T/hand"
done_testing
