#!/bin/sh
# kill.sh -- kill -9 at twenty random instants of a run that saves each step; it always goes on, and
# ends in the bits of a run that was left alone.  For each kind of position.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

train_data "$T/data" 32 1 || { ok "the data directory is made" false; done_testing; }
seed=${KILL_SEED:-$$}
echo "# KILL_SEED=$seed"
for position in absolute relative tupe-a tupe-r; do
    options="--data $T/data --layers 2 --hidden 64 --heads 2 --batch 8 --lr 1e-3 --warmup 10"
    options="$options --steps 120"
    options="$options --log-every 1 --save-every 1 --eval-every 30 --position $position -q -j 1"
    train $options --out "$T/whole"
    kills=0 tries=0
    while [ $kills -lt 20 ] && [ $tries -lt 200 ]; do
        tries=$((tries + 1)) seed=$(((seed * 1103515245 + 12345) % 2147483648))
        train $options --out "$T/run" & pid=$!
        sleep "0.$(printf %03d $((150 + seed / 65536 % 600)))"
        kill -9 $pid 2>/dev/null && kills=$((kills + 1))
        wait $pid 2>/dev/null
        [ $? = 137 ] || break # it came to its end
        [ -e "$T/run/latest" ] && ! test -s "$T/run/latest/trainer.json" &&
            ok "latest is whole" false
    done
    echo "# $position: killed $kills times, at $(readlink "$T/run/latest")"
    ok "$position: killed at least 5 times on its way" test $kills -ge 5
    train $options --out "$T/run"
    is "$position: then it ends" "$?" 0
    ok "$position: the same bits as never killed" same_model "$T/whole/latest" "$T/run/latest"
    is "$position: the same log" "$(numbers "$T/run")" "$(numbers "$T/whole")"
    rm -rf "$T/run" "$T/whole"
done
done_testing
