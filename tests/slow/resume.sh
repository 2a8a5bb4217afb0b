#!/bin/sh
# resume.sh -- a run that is stopped by each of the signals, by --stop-at and by the time limit, again
# and again, ends in the bits of one that was not.  With a model of some size, epochs that end within
# a step, and pieces that do not divide the batch.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

train_data "$T/data" 64 3 || { ok "the data directory is made" false; done_testing; }
for position in absolute tupe-a tupe-r; do
    options="--data $T/data --model tiny --batch 20 --micro-batch 7 --lr 1e-3 --warmup 10 --steps 60"
    options="$options --log-every 7 --save-every 9 --eval-every 11 --position $position -q -j 1"
    train $options --out "$T/whole"
    is "$position: the unbroken run ends" "$?" 0
    train $options --out "$T/run" --stop-at 20
    is "$position: --stop-at 20" "$? $(readlink "$T/run/latest")" "75 step-00000020"
    for signal in TERM USR1 USR2; do
        train $options --out "$T/run" & pid=$!
        sleep 1; kill -$signal $pid 2>/dev/null; wait $pid
        status=$?
        ok "$position: SIG$signal exits with 75 (or the run was done: 0)" test $status = 75 -o $status = 0
    done
    until_done train $options --out "$T/run" --time-limit 3s
    is "$position: it comes to its end" "$?" 0
    ok "$position: the same bits" same_model "$T/whole/latest" "$T/run/latest"
    is "$position: the same log" "$(numbers "$T/run")" "$(numbers "$T/whole")"
    rm -rf "$T/run" "$T/whole"
done
done_testing
