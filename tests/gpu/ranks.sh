#!/bin/sh
# ranks.sh -- two processes with a GPU each: what one computes, to rounding; the same bits whether
# the gradient is summed on the way, in buckets of any size, or behind it all; a rank that
# dies is named.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

train_data "$T/data" 64 1 || { ok "the data directory is made" false; done_testing; }
small="--data $T/data --layers 4 --hidden 256 --batch 24 --lr 1e-3 --warmup 4 --steps 12"
small="$small --log-every 1"
small="$small --save-every 12 --eval-every 12 -q --device cuda --check-every 1 --comm-timeout 60s"
port=$((15000 + $$ % 4000))
start() { # start OUT OPTIONS: both ranks in the background; $T/err.RANK
    out=$1; shift
    for rank in 1 0; do
        RANK=$rank WORLD_SIZE=2 MASTER_ADDR=localhost MASTER_PORT=$port \
            "$BIN/train" $small --out "$T/$out" "$@" 2>"$T/err.$rank" &
        eval "pid$rank=$!"
    done
}
finish() { wait "$pid0"; statuses=$?; wait "$pid1"; statuses="$statuses $?"; }
rounded() {
    sed -n 's/,"tokens_per_s".*//;
        s/\(loss":[0-9]*\.[0-9]\{3\}\)[0-9]*/\1/g;
        s/\(norm":[0-9]*\.[0-9]\{2\}\)[0-9]*/\1/; p' "$T/$1/log.jsonl"
}

for objective in mlm electra mc; do
    options="--objective $objective --position tupe-r"
    start $objective.behind $options --bucket 0; finish
    is "$objective: summed behind the step: both end with 0" \
        "$statuses$(cat "$T/err.0" "$T/err.1")" "0 0"
    for bucket in 4K 1M 25M; do
        start $objective.$bucket $options --bucket $bucket; finish
        ok "$objective: summed on the way, $bucket at a time: the same bits" \
            same_model "$T/$objective.behind/latest" "$T/$objective.$bucket/latest"
    done
done
train $small --position tupe-r --out "$T/one"
is "as one process, to rounding" "$(rounded mlm.25M)" "$(rounded one)"

start long --position tupe-r --bucket 1M --batch 256 --steps 100000 --save-every 100000 \
    --eval-every 100000
while [ ! -s "$T/long/log.jsonl" ] && kill -0 "$pid0" 2>/dev/null; do sleep 0.1; done
kill -9 "$pid1"; finish
is "rank 1 is killed: rank 0 ends" "$statuses" "1 137"
ok "and names it, with its host and the step" grep -q "step [0-9]*: rank 1 on $(uname -n) is gone" \
    "$T/err.0"
done_testing
