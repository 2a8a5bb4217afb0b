#!/bin/sh
# ranks.sh -- train as several processes: what one process computes, to rounding; the same bits each
# time; and an end with a name when a rank dies, hangs, or has other numbers than the rest.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/traindata.sh"

# More ranks than cores, as root in a container: what Open MPI wants to hear.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 LSAN_OPTIONS=detect_leaks=0
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
command -v mpirun >/dev/null || { skip "several processes: mpirun is not installed"; done_testing; }
train_data "$T/data" 32 1 || { ok "the data directory is made" false; done_testing; }
small="--data $T/data --layers 1 --hidden 32 --heads 2 --ffn 64 --batch 8 --lr 1e-3 --warmup 4"
small="$small --steps 12"
small="$small --log-every 1 --save-every 4 --eval-every 6 -q -j 1 --position tupe-r"
ranks() { count=$1; shift; mpirun -n "$count" train "$@"; }
if ! ranks 2 $small --dry-run >"$T/plan" 2>"$T/err"; then
    grep -q "this build has no MPI" "$T/err" && { skip "several processes: this build has no MPI"
        done_testing; }
fi
is "--dry-run tells the share" "$(grep -c '^processes  *2, with up to 4 of 8 sequences each' \
    "$T/plan")" 1

# ---- the same numbers ----
# the first 5 digits of losses, norms and evaluations, and all of steps, tokens and rates
rounded() {
    sed -n 's/,"tokens_per_s".*//;
        s/\(loss":[0-9]*\.[0-9]\{4\}\)[0-9]*/\1/g;
        s/\(norm":[0-9]*\.[0-9]\{3\}\)[0-9]*/\1/; p' "$1/log.jsonl"
}
train $small --out "$T/one"
for options in "" "--optimizer lamb --mask-whole-words"; do
    rm -rf "$T/one" "$T/two"
    train $small $options --out "$T/one"
    ranks 2 $small $options --out "$T/two" --check-every 1
    is "two processes end with 0" "$?" 0
    is "and have the log of one, to rounding $options" "$(rounded "$T/two")" "$(rounded "$T/one")"
done
show --verify "$T/two/latest" >/dev/null
is "the checkpoint is whole" "$?" 0
rm -rf "$T/two"
ranks 2 $small --out "$T/two" --check-every 1
ranks 3 $small --out "$T/three" --check-every 1 --micro-batch 1
is "three, in pieces of one sequence: the same, to rounding" "$(rounded "$T/three")" \
    "$(rounded "$T/two")"
ranks 3 $small --out "$T/behind" --check-every 1 --micro-batch 1 --bucket 0
ranks 3 $small --out "$T/small" --check-every 1 --micro-batch 1 --bucket 4K
ok "summed behind each step: the same bits" same_model "$T/three/latest" "$T/behind/latest"
ok "in many sums on the way: the same bits" same_model "$T/three/latest" "$T/small/latest"

rm -rf "$T/narrow"
ranks 2 $small --precision bf16 --out "$T/narrow" --check-every 1
is "bf16: two processes end with 0, alike after every step" "$?" 0
ok "bf16: the last loss is near that of fp32" awk \
    -v a="$(sed -n 's/.*"step":12,.*"loss":\([^,]*\).*/\1/p' "$T/narrow/log.jsonl")" \
    -v b="$(sed -n 's/.*"step":12,.*"loss":\([^,]*\).*/\1/p' "$T/two/log.jsonl")" \
    'BEGIN { exit !(a > 0 && a / b < 1.005 && b / a < 1.005) }'

# ---- stopped and continued ----
ranks 2 $small --out "$T/parts" --stop-at 5 2>/dev/null
is "--stop-at: all exit with 75" "$? $(readlink "$T/parts/latest")" "75 step-00000005"
ranks 2 $small --out "$T/parts"
ok "continued by as many: the same bits" same_model "$T/two/latest" "$T/parts/latest"
is "and the same log" "$(numbers "$T/parts")" "$(numbers "$T/two")"
cp -R "$T/two" "$T/other"
rm -rf "$T/other/step-00000012" "$T/other/latest"
exits 0 "was trained by 2 processes; by 1 the numbers will differ by rounding" train $small \
    --out "$T/other" --no-quiet
is "continued by one: the same, to rounding" "$(rounded "$T/other")" "$(rounded "$T/two")"

# ---- what does not fit together ----
exits 1 "is less than the 9 processes" ranks 9 $small --out "$T/x"
exits 1 'rank 1 on '"$(uname -n)"' has "lr = 0.002" where rank 0 has "lr = 0.001"' \
    mpirun -n 1 train $small --out "$T/x" : -n 1 train $small --lr 2e-3 --out "$T/x"
ok "and nothing was touched" test ! -e "$T/x"

# ---- signals, death, a rank that hangs ----
long="$small --bucket 4K --batch 64 --steps 100000 --save-every 100000 --eval-every 100000"
long="$long --comm-timeout 3s"
start() { # start OPTIONS: in the background, with each rank's process in $T/pid.RANK
    rm -rf "$T/l" "$T"/pid.*
    mpirun -n 2 sh -c 'echo $$ >"$0/pid.$OMPI_COMM_WORLD_RANK$PMI_RANK"; exec train "$@"' "$T" \
        $long --out "$T/l" "$@" \
        >"$T/out" 2>"$T/err" & pid=$!
    while [ ! -s "$T/l/log.jsonl" ] && kill -0 $pid 2>/dev/null; do sleep 0.1; done
}
gone() { # within ten seconds
    for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || return 0; sleep 1; done
    return 1
}
finish() { begun=$(date +%s); wait $pid; status=$?; seconds=$(($(date +%s) - begun)); }
start; kill -TERM "$(cat "$T/pid.1")"; finish
is "SIGTERM to one rank: all exit with 75" "$status" 75
is "one checkpoint, behind the same step" "$(ls -d "$T"/l/step-* | wc -l | tr -d ' ')" 1
start; kill -USR1 $pid; finish
is "SIGUSR1 to mpirun: likewise" "$status $(ls -d "$T"/l/step-* | wc -l | tr -d ' ')" "75 1"
for rank in 0 1; do
    start; kill -9 "$(cat "$T/pid.$rank")"; finish
    ok "rank $rank is killed: all end within 20 s ($seconds), with $status" test $status != 0 \
        -a $seconds -le 20
    ok "rank $rank is named, with its host and the step" \
        grep -q "step [0-9]*: .* waiting for rank $rank on $(uname -n)" "$T/err"
    start; kill -STOP "$(cat "$T/pid.$rank")"; finish
    ok "rank $rank hangs: all end within the timeout and 20 s ($seconds)" test $status = 1 \
        -a $seconds -le 23
    ok "rank $rank is named, with its host and the step" \
        grep -q "step [0-9]*: rank $rank on $(uname -n) does not answer, for 3 s" "$T/err"
    ok "and it is gone" gone "$(cat "$T/pid.$rank")"
done

# ---- one bit ----
start --lr 0 --check-every 1
count=$("$HELPER/flip" "$(cat "$T/pid.1")"); status=$?
if [ $status = 2 ]; then
    kill $pid; finish
    skip "one bit in one rank: the system does not let a process write into another"
else
    finish
    ok "one bit of $count arrays is another: the run ends" test $status = 1 -a "$count" -gt 0
    ok "and the rank is named" grep \
        -q "step [0-9]*: weights, moments or notes of rank 1 on $(uname \
        -n) are not those of rank 0" "$T/err"
    ok "no checkpoint of it was written" test ! -e "$T/l/latest"
fi
done_testing
