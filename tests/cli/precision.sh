#!/bin/sh
# precision.sh -- train in bf16 beside fp32: nearly the same losses, the same bits for any threads
# and after a stop, files that both read; and the memory that --dry-run foretold.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

small="--layers 2 --hidden 32 --heads 2 --ffn 64 --batch 16 --lr 3e-3 --warmup 4 --steps 24"
small="$small --log-every 1 --save-every 8 --eval-every 8 -q -j 1"
train_data "$T/data" 32 1 || { ok "the data directory is made" false; done_testing; }
exits 2 "is not a value of --precision" train --data "$T/data" --out "$T/x" --precision fp16

# ---- beside fp32 ----
# The largest difference of the losses of a step, or of an evaluation, in parts of a thousand.
apart() {
    for run in "$1" "$2"; do sed -n 's/.*"\(valid_\)\{0,1\}loss":\([^,]*\).*/\2/p' \
        "$run/log.jsonl"; done |
        awk '{ loss[NR] = $1 } END {
            for (i = 1; i <= NR / 2; i++) {
                d = (loss[i] - loss[i + NR / 2]) / loss[i]; d = d < 0 ? -d : d;
                if (d > most) most = d }
            printf "%d\n", most * 1000 + 0.5 }'
}
for method in "--position absolute" "--position tupe-r" "--position tupe-a --objective electra" \
    "--objective mc"; do
    set -- --data "$T/data" $small $method
    rm -rf "$T/narrow" "$T/parts"
    train "$@" --out "$T/wide"
    train "$@" --out "$T/narrow" --precision bf16
    is "$method: a run in bf16 ends with 0" "$?" 0
    ok "$method: RUN/config says so" grep -qx 'precision = bf16' "$T/narrow/config"
    lost=$(apart "$T/wide" "$T/narrow")
    ok "$method: its losses are those of fp32 but for $lost in a thousand" test "$lost" -le 5
    ok "$method: but not the same numbers" test "$(numbers "$T/wide")" != "$(numbers "$T/narrow")"
    train "$@" --out "$T/parts" --precision bf16 --stop-at 5
    is "$method: stopped" "$?" 75
    train "$@" --out "$T/parts" --precision bf16 -j 2
    ok "$method: continued with two threads, the same bits" same_model "$T/narrow/latest" \
        "$T/parts/latest"
    is "$method: and the same log" "$(numbers "$T/parts")" "$(numbers "$T/narrow")"
    rm -rf "$T/wide"
done
exits 1 "--precision bf16, not fp32" train --data "$T/data" $small $method --out "$T/narrow"
train --data "$T/data" $small --position tupe-r --out "$T/narrow2" --precision bf16
is "a checkpoint is fp32: bytes of the weights" \
    "$(show --json "$T/narrow2/latest/model.safetensors" | grep -o 'F32\|BF16' | sort -u)" F32
train --data "$T/data" $small --position tupe-r --out "$T/from" --init "$T/narrow2/latest"
is "a run in fp32 begins with it" "$?" 0
glue-eval -q --model "$T/narrow2" --data tests/golden/glue --tasks RTE --quick --epochs 1 \
    --out "$T/glue" >"$T/glue.out"
ok "and fine-tunes" grep -q '^RTE' "$T/glue/table.txt"

tokenize --words "$T/data.txt" | freqstat | freqstat --rare 20:60 - >"$T/notes.tsv"
tokenize -q -m "$T/data.json" --notes "$T/notes.tsv" "$T/data.txt" |
    shard -q --seq-len 32 --valid 0.05 -o "$T/noted"
for scale in raw match; do
    set -- --data "$T/noted" $small --notes --notes-scale $scale
    rm -rf "$T/wide" "$T/narrow"
    train "$@" --out "$T/wide"
    train "$@" --out "$T/narrow" --precision bf16
    lost=$(apart "$T/wide" "$T/narrow")
    ok "notes, $scale: the losses of fp32 but for $lost in a thousand" test "$lost" -le 5
done

# ---- memory ----
# With every objective, with notes and without, and in both types: what --dry-run said, within 5 %.
# Sequences are long enough that the sums of attention's bias count.
train_data "$T/long" 256 1
tokenize -q -m "$T/long.json" --notes "$T/notes.tsv" "$T/long.txt" |
    shard -q --seq-len 256 --valid 0.05 -o "$T/long-noted"
for precision in fp32 bf16; do
    for method in "mlm --position absolute" mlm electra mc "mlm --notes" "electra --notes" \
        "mc --notes"; do
        set -- --data "$T/long-noted" --layers 1 --hidden 512 --batch 4 --steps 1 --warmup 0 -q \
            -j 2 \
            --precision $precision --position tupe-r --objective $method
        planned=$(train "$@" --dry-run | sed -n 's/^memory in all *about \([0-9]*\) MiB.*/\1/p')
        rm -rf "$T/big"
        "$HELPER/peak" "$T/peak" train "$@" --out "$T/big"
        used=$(awk '{ printf "%d", $1 / 1024 }' "$T/peak")
        ok "$precision, $method: $used MiB are used where --dry-run said $planned" \
            test $((used * 100)) -ge $((planned * 95)) -a $((used * 100)) -le $((planned * 105))
    done
done
done_testing

