#!/bin/sh
# resume.sh -- a run that is stopped by each of the signals, by --stop-at and by the time limit,
# again and again, ends in the bits of one that was not.  With a model of some size, epochs that end
# within a step, and pieces that do not divide the batch.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

train_data "$T/data" 64 3 || { ok "the data directory is made" false; done_testing; }
tokenize --words "$T/data.txt" | freqstat | freqstat --rare 20:60 - >"$T/notes.tsv"
tokenize -q -m "$T/data.json" --notes "$T/notes.tsv" "$T/data.txt" |
    shard -q --seq-len 64 --valid 0.05 -o "$T/noted"
for objective in mlm electra mc "mlm --notes" "electra --notes" "mc --notes"; do
for position in absolute relative tupe-a tupe-r; do
    options="--data $T/noted --model tiny --batch 20 --micro-batch 7 --lr 1e-3 --warmup 10"
    options="$options --steps 60"
    options="$options --log-every 7 --save-every 9 --eval-every 11 --position $position"
    options="$options --objective $objective -q -j 1"
    train $options --out "$T/whole"
    is "$objective, $position: the unbroken run ends" "$?" 0
    train $options --out "$T/run" --stop-at 20
    is "$objective, $position: --stop-at 20" "$? $(readlink "$T/run/latest")" "75 step-00000020"
    # at any instant of any operation
    for delay in 20 25 30 35 40 45 50 55 60 65 70 75; do
        for signal in TERM USR1 USR2; do
            rm -rf "$T/part"; cp -R "$T/run" "$T/part"
            train $options --out "$T/part" & pid=$!
            sleep 0.$delay; kill -$signal $pid 2>/dev/null; wait $pid
            echo $?
        done
    done >"$T/statuses"
    is "$objective, $position: 36 signals: each exits with 75, or with 0 where the run was done" \
        "$(grep -vcxE '0|75' "$T/statuses")" 0
    ok "$objective, $position: most came in time" test "$(grep -cx 75 "$T/statuses")" -gt 18
    rm -rf "$T/run"; mv "$T/part" "$T/run"
    until_done train $options --out "$T/run" --time-limit 3s
    is "$objective, $position: it comes to its end" "$?" 0
    ok "$objective, $position: the same bits" same_model "$T/whole/latest" "$T/run/latest"
    is "$objective, $position: the same log" "$(numbers "$T/run")" "$(numbers "$T/whole")"
    rm -rf "$T/run" "$T/whole"
done
done
done_testing
