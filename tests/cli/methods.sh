#!/bin/sh
# methods.sh -- every position with every objective, with notes and without, and two of them Pre-LN:
# trains, evaluates, saves, stops, goes on to the bits of a run that was not stopped, and
# fine-tunes.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

train_text 600 3 >"$T/text"
tokenize --words "$T/text" | freqstat -o "$T/words.tsv"
mkvocab -q --size 200 -o "$T/vocab.json" "$T/words.tsv"
freqstat --rare 5:20 "$T/words.tsv" >"$T/notes.tsv"
tokenize -q -m "$T/vocab.json" --notes "$T/notes.tsv" "$T/text" |
    shard -q --seq-len 32 --valid 0.1 -o "$T/data"
options="--data $T/data --layers 1 --hidden 32 --heads 2 --ffn 64 --batch 8 --lr 1e-3 --warmup 2"
options="$options --steps 6"
options="$options --log-every 1 --save-every 4 --eval-every 3 -q"
losses() { sed -n 's/.*"\(valid_\)*loss":\([0-9]*\.[0-9]\{3\}\).*/\2/p' "$1/log.jsonl"; }

# method POSITION OBJECTIVE: all of that
method() {
    method="$1, $2" all="$options --position $1 --objective $2"
    rm -rf "$T/whole" "$T/parts" "$T/pieces" "$T/glue"
    train $all --out "$T/whole" -j 1
    is "$method: trains" "$? $(grep -c valid_loss "$T/whole/log.jsonl")" "0 2"
    train $all --out "$T/parts" -j 1 --stop-at 2
    is "$method: stops" "$? $(readlink "$T/parts/latest")" "75 step-00000002"
    train $all --out "$T/parts" -j 2
    ok "$method: goes on, with more threads, to the same bits" same_model "$T/whole/latest" \
        "$T/parts/latest"
    is "$method: and the same log" "$(numbers "$T/parts")" "$(numbers "$T/whole")"
    train $all --out "$T/pieces" --micro-batch 3
    is "$method: in pieces of 3 sequences: the same losses" "$(losses "$T/pieces")" \
        "$(losses "$T/whole")"
    ok "$method: is whole" sh -c "show --verify \"$T/whole/latest\" | grep -q verified"
    glue-eval -q --model "$T/whole" --data tests/golden/glue --tasks RTE --quick --epochs 1 \
        --out "$T/glue" >"$T/glue.out"
    is "$method: fine-tunes" "$? $(grep -c '^RTE .* 1 of 1' "$T/glue/table.txt")" "0 1"
}

for position in absolute relative tupe-a tupe-r; do
    for objective in mlm electra mc "mlm --notes" "electra --notes" "mc --notes"; do
        method $position "$objective"
    done
done
method absolute "mlm --layer-norm pre"
method tupe-r "mc --notes --layer-norm pre"
train $options --position tupe-r --objective mc --notes --out "$T/whole" 2>"$T/said"
is "a run is continued with the norms where they were" \
    "$? $(grep -c "with --layer-norm pre, not post" "$T/said")" "1 1"
done_testing
