#!/bin/sh
# train.sh -- whole runs on a GPU: every position, objective and notes; a run that was stopped ends
# in the bits of one that was not; losses are as far from those of the CPU as another
# seed's at most.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

train_data "$T/data" 64 1 || { ok "the data directory is made" false; done_testing; }
tokenize --words "$T/data.txt" | freqstat | freqstat --rare 20:60 - >"$T/notes.tsv"
tokenize -q -m "$T/data.json" --notes "$T/notes.tsv" "$T/data.txt" |
    shard -q --seq-len 64 --valid 0.05 -o "$T/noted"

train() { tests/within.sh 100 "$BIN/train" "$@"; } # where one hangs the others go on

# ---- every combination, stopped and continued ----
small="--data $T/noted --layers 2 --hidden 128 --batch 24 --lr 1e-3 --warmup 4 --steps 12"
small="$small --log-every 1"
small="$small --save-every 4 --eval-every 6 -q"
combination() { # combination NAME OPTIONS...: "same" into T/NAME.result, or what differs
    name=$1; shift
    {
        train $small "$@" --out "$T/$name.whole" &&
            train $small "$@" --out "$T/$name.parts" --stop-at 5
        [ $? = 75 ] && train $small "$@" --out "$T/$name.parts" &&
            same_model "$T/$name.whole/latest" "$T/$name.parts/latest" &&
            [ "$(numbers "$T/$name.whole")" = "$(numbers "$T/$name.parts")" ] &&
            ! grep -qi nan "$T/$name.whole/log.jsonl" && echo same
    } >"$T/$name.result" 2>&1
    rm -rf "$T/$name.whole" "$T/$name.parts"
}
for options in "--precision fp32" "--precision bf16 --notes"; do
    names=
    for objective in mlm electra mc; do
        for position in absolute relative tupe-a tupe-r; do
            name=$(echo "$position-$objective$options" | tr -d ' ')
            names="$names $name"
            combination "$name" --device cuda --position $position --objective $objective $options &
        done
        wait
    done
    for name in $names; do
        is "$name: stopped and continued, the same bits" "$(tail -5 "$T/$name.result")" same
    done
done

# ---- learning ----
learn="--data $T/data --model mini --position tupe-r --batch 32 --lr 1e-3 --warmup 20"
learn="$learn --steps 100 --log-every 1 -q"
losses() { sed -n 's/.*"loss":\([0-9.]*\).*/\1/p' "$T/$1/log.jsonl"; }
apart() { # apart A B: the largest difference of two runs' losses at a step
    losses "$1" >"$T/a"; losses "$2" >"$T/b"
    paste "$T/a" "$T/b" | awk '{ d = $1 > $2 ? $1 - $2 : $2 - $1; if (d > most) most = d }
        END { print NR == 100 ? most + 0 : "not 100 steps" }'
}
train $learn --device cpu --seed 1 --out "$T/cpu1"
train $learn --device cpu --seed 2 --out "$T/cpu2"
spread=$(apart cpu1 cpu2)
for precision in fp32 bf16; do
    train $learn --device cuda --precision $precision --seed 1 --out "$T/$precision"
    train $learn --device cuda --precision $precision --seed 1 --out "$T/$precision-again"
    ok "$precision: the same bits twice" same_model "$T/$precision/latest" \
        "$T/$precision-again/latest"
    distance=$(apart cpu1 "$precision")
    ok "$precision: 100 losses are within $distance of the CPU's, another seed's within $spread" \
        awk -v d="$distance" -v s="$spread" 'BEGIN {
            exit !(d ~ /^[0-9]/ && s > 0 && d + 0 <= s + 0) }'
done

# ---- what it says ----
train $learn --device auto --out "$T/auto" --stop-at 1 --no-quiet 2>"$T/said"
ok "--device auto takes the GPU and says so" grep -q 'device.*cuda' "$T/said"
exits 1 "GiB of device memory" train --data "$T/data" --model large --batch 262144 \
    --micro-batch 262144 --device cuda \
    --out "$T/large" -q
done_testing
